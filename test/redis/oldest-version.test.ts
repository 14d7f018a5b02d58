import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { needs } from '../parts/needs.ts';
import { startRedis } from './redis-server.ts';

needs('redis');

/** The oldest Redis that docs/scaling.md supports. */
const OLDEST = [6, 0];

const src = join(import.meta.dirname, '../../src');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(src, name), 'utf8'));

/** Commands of scripts and of the code: the command and the words in capitals after it. */
const CALLS = sources.flatMap((text) =>
  [
    ...text.matchAll(/redis\.p?call\('(?<name>\w+)'(?<rest>[^\n]*)/g),
    ...text.matchAll(/checked\(\w+(?:\[\d\])?, '(?<name>\w+)'(?<rest>[^\n]*)/g),
    ...text.matchAll(/\.command\('(?<name>\w+)'(?<rest>[^\n]*)/g),
  ].map(({ groups }) => ({
    name: groups?.name?.toLowerCase() ?? '',
    words: [...(groups?.rest ?? '').matchAll(/'([A-Z]{2,})'/g)].map(([, word]) => String(word)),
  })),
);

/** A reply of `COMMAND DOCS`: names and values alternate. */
type Docs = readonly (string | Docs)[];

function fieldOf(docs: Docs, field: string): string | Docs | undefined {
  const at = docs.indexOf(field);
  return at === -1 ? undefined : docs[at + 1];
}

/** The words of a command's options, each with the version that introduced it. */
function* optionsOf(docs: Docs): Generator<[word: string, since: string]> {
  for (const argument of (fieldOf(docs, 'arguments') ?? []) as readonly Docs[]) {
    const [word, since] = [fieldOf(argument, 'token'), fieldOf(argument, 'since')];
    if (typeof word === 'string') yield [word, typeof since === 'string' ? since : '0'];
    yield* optionsOf(argument);
  }
}

const isOldEnough = (since: string) => {
  const [major = 0, minor = 0] = since.split('.').map(Number);
  return major < (OLDEST[0] ?? 0) || (major === OLDEST[0] && minor <= (OLDEST[1] ?? 0));
};

const docs = new Map<string, Docs>();

beforeAll(async () => {
  await using redis = await startRedis();
  const names = [...new Set(CALLS.map(({ name }) => name))];
  const reply = (await redis.client.call('COMMAND', 'DOCS', ...names).catch(() => [])) as Docs;
  for (let index = 0; index < reply.length; index += 2)
    docs.set(String(reply[index]), reply[index + 1] as Docs);
});

test('no command and no option needs a newer Redis than the oldest supported version', (context) => {
  // COMMAND DOCS exists since Redis 7.
  if (docs.size === 0) return context.skip();
  expect(CALLS.length).toBeGreaterThan(30);
  const tooYoung = CALLS.flatMap(({ name, words }) => {
    const known = docs.get(name) ?? [];
    const since = String(fieldOf(known, 'since'));
    const options = new Map(optionsOf(known));
    return [
      ...(isOldEnough(since) ? [] : [`${name}, since ${since}`]),
      ...words
        .filter((word) => !isOldEnough(options.get(word) ?? '0'))
        .map((word) => `${name} ${word}, since ${options.get(word)}`),
    ];
  });
  expect(tooYoung).toEqual([]);
  // Proves that the check would notice a newer option.
  expect(new Map(optionsOf(docs.get('set') ?? [])).get('PXAT')).toBe('6.2.0');
});
