/**
 * A seeded stream of numbers in [0, 1): mulberry32, with 32 bits of state. The same seed gives the same stream on every
 * machine. For sample data only, not for secrets.
 */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random element, all equally likely. Throws if there is none. */
export function pick<T>(random: () => number, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new TypeError('pick: expected at least one choice, got none');
  return choice;
}

/** A job id in the vendor's format: 32 lower-case hexadecimal digits. Uniqueness is very likely, not guaranteed. */
export function randomJobId(random: () => number): string {
  let id = '';
  for (let word = 0; word < 4; word++) {
    id += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return id;
}
