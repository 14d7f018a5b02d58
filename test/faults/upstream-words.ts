import { expect } from 'vitest';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';

/** Stands for whatever an upstream may say that is for nobody's eyes. */
export const WORDS = 'words-of-the-upstream';

/** What the emulator, its faults and servers in between say about themselves. */
const TELLTALES = [WORDS, 'Injected', 'Recommend', 'HostId', 'Tengine', 'user flow control'];

/** What the log may hold, which repeats the first characters of a body that it cannot read. */
const NOT_FOR_CALLERS = ['<html'];

/** That neither callers nor the log learn what the upstream says, where it is and by which key it is asked. */
export function expectNothingOf(
  { emulator, logged }: GatewayUnderTest,
  answers: readonly Answer[],
  hosts: readonly string[],
): void {
  const said = JSON.stringify({ answers, logged });
  const { accessKeyId, accessKeySecret } = emulator;
  for (const secret of [...TELLTALES, ...hosts, accessKeyId, accessKeySecret])
    expect(said).not.toContain(secret);
  for (const word of NOT_FOR_CALLERS) expect(JSON.stringify(answers)).not.toContain(word);
}
