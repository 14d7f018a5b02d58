import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { type JobType, jobTypes } from '../../emulator/job.ts';
import { mostPages } from '../../src/paging/cover.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { FULL, fc, runs } from '../runs.ts';

const PAGE = `query ($type: CustomizedVoiceTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
  customizedVoices(type: $type, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { voiceId } }
    nodes { voiceId }
  }
}`;

const TYPES = { BASIC: ['Basic'], STANDARD: ['Standard'], ALL: ['Basic', 'Standard'] } as const;
type Type = keyof typeof TYPES;

interface Page {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly voiceId: string } }[];
  readonly nodes: readonly { readonly voiceId: string }[];
}

async function read(gateway: GatewayUnderTest, args: Record<string, unknown>): Promise<Page> {
  const answer = await gateway.ask(PAGE, args);
  expect(answer.errors).toBeUndefined();
  return answer.data.customizedVoices;
}

const idsOf = (emulator: Emulator, type: Type) =>
  TYPES[type].flatMap((one: JobType) => emulator.voices(one).map(({ VoiceId }) => VoiceId));

/** Sets the lengths of the lists of voices. */
function fill(emulator: Emulator, lengths: Record<JobType, number>): void {
  for (const type of jobTypes) {
    emulator.replaceVoices(type, []);
    emulator.insertVoices(type, lengths[type]);
  }
  emulator.resetHistory();
}

/** The cursor of every row, by offset, from a walk in pages of 100. */
async function cursorsOf(gateway: GatewayUnderTest, type: Type): Promise<string[]> {
  const cursors: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page = await read(gateway, { type, first: 100, after });
    cursors.push(...page.edges.map(({ cursor }) => cursor));
    if (!page.pageInfo.hasNextPage) return cursors;
    after = page.pageInfo.endCursor;
  }
}

/** The rows that Relay's algorithm returns on a plain array. */
function plain(ids: readonly string[], { size, isFirst, after, before }: Window): readonly string[] {
  const start = after === undefined ? 0 : after + 1;
  const between = ids.slice(start, Math.max(start, before ?? ids.length));
  if (isFirst) return between.slice(0, size);
  return size === 0 ? [] : between.slice(-size);
}

interface Window {
  readonly size: number;
  readonly isFirst: boolean;
  readonly after: number | undefined;
  readonly before: number | undefined;
}

const SIZES = FULL ? [0, 1, 10, 49, 50, 99, 100] : [0, 10, 100];

/** Lengths of the lists of Basic and of Standard voices. */
const LENGTHS = [
  [0, 0],
  [0, 3],
  [1, 0],
  [100, 35],
  [101, 100],
  [241, 35],
] as const;

describe.each(LENGTHS)('lists of %i Basic and %i Standard voices at rest', (Basic, Standard) => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway();
    fill(gateway.emulator, { Basic, Standard });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  test.each(['BASIC', 'STANDARD', 'ALL'] as const)(
    'every window of the list %s equals that of a plain array, with correct page info and total',
    async (type) => {
      const ids = idsOf(gateway.emulator, type);
      const cursors = await cursorsOf(gateway, type);
      expect(cursors).toHaveLength(ids.length);
      const step = Math.max(1, Math.floor(ids.length / (FULL ? 11 : 3)));
      const { length } = ids;
      const places = [...ids.keys()].filter((at) => at % step === 0 || at > length - 2);
      const bounds = [undefined, ...places];
      for (const size of SIZES)
        for (const isFirst of [true, false])
          for (const after of bounds)
            for (const before of bounds) {
              const window = { size, isFirst, after, before };
              const label = JSON.stringify(window);
              const expected = plain(ids, window);
              gateway.emulator.resetCalls();
              const page = await read(gateway, {
                type,
                [isFirst ? 'first' : 'last']: size,
                after: after === undefined ? null : cursors[after],
                before: before === undefined ? null : cursors[before],
              });
              expect(
                page.nodes.map(({ voiceId }) => voiceId),
                label,
              ).toEqual(expected);
              expect(page.totalCount, label).toBe(length);
              // Each list is read at most once, with the cursor's row; its length may need a call.
              expect(gateway.emulator.calls.length, label).toBeLessThanOrEqual(
                TYPES[type].length * (1 + mostPages(size + 1, 100)),
              );
              if (expected.length === 0) {
                expect([page.pageInfo.startCursor, page.pageInfo.endCursor], label).toEqual([null, null]);
                continue;
              }
              const from = ids.indexOf(String(expected[0]));
              expect(page.pageInfo, label).toMatchObject({
                hasPreviousPage: from > 0,
                hasNextPage: from + expected.length < length,
              });
            }
    },
  );
});

test('a page between two cursors is complete although one of its rows shares the key prefix of a neighbour', async () => {
  await using gateway = await startGateway();
  const { emulator } = gateway;
  fill(emulator, { Basic: 241, Standard: 0 });
  // The SHA-256 digests of both ids share their first three bytes, which is the neighbour key in a cursor.
  const chance = new Map([
    [12, 'Stanley9da12724c5d0'],
    [107, 'nav5dc9c2ae51b8'],
  ]);
  emulator.replaceVoices(
    'Basic',
    emulator.voices('Basic').map((row, at) => ({ ...row, VoiceId: chance.get(at) ?? `voice${at}` })),
  );
  const [ids, cursors] = [idsOf(emulator, 'BASIC'), await cursorsOf(gateway, 'BASIC')];
  for (const [after, before] of [
    [21, 126],
    [14, 140],
  ] as const) {
    const page = await read(gateway, {
      type: 'BASIC',
      last: 49,
      after: cursors[after],
      before: cursors[before],
    });
    expect(page.nodes.map(({ voiceId }) => voiceId)).toEqual(ids.slice(before - 49, before));
  }
});

test('a cursor of another list, of the jobs, and a string that is no cursor are rejected by name', async () => {
  await using gateway = await startGateway();
  const [cursor] = (await read(gateway, { type: 'BASIC', first: 1 })).edges;
  const jobs = await gateway.ask('{ customizedVoiceJobs(first: 1) { edges { cursor } } }');
  const ofJob = jobs.data.customizedVoiceJobs.edges[0].cursor;
  const messageOf = async (type: Type, after: string | undefined) => {
    const { errors } = await gateway.ask(PAGE, { type, first: 1, after });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'after' });
    return errors?.[0]?.message;
  };
  expect(await messageOf('ALL', cursor?.cursor)).toBe(
    '`after` is a cursor of the list of type BASIC; it cannot be used with type ALL.',
  );
  expect(await messageOf('BASIC', ofJob)).toBe(
    '`after` is a cursor of another connection; allowed is an `endCursor`, `startCursor` or `cursor` of this one.',
  );
  const { errors } = await gateway.ask(
    'query ($after: String) { customizedVoiceJobs(after: $after) { totalCount } }',
    {
      after: cursor?.cursor,
    },
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'after' });
});

/** One change of a list of voices. Offsets are fractions of its length. */
type Change =
  | { readonly kind: 'insert'; readonly at: number; readonly voices: number }
  | { readonly kind: 'remove'; readonly at: readonly number[] }
  | { readonly kind: 'remove around the cursor'; readonly above: number; readonly below: number }
  | { readonly kind: 'rest' };

interface Step {
  readonly type: JobType;
  readonly when: 'between' | 'during';
  readonly change: Change;
}

/**
 * Nine of ten changes are at the start of the list, the others at its end: between the neighbours of a cursor, rows that come in and go reach
 * the documented limit of lists without times.
 */
const edge = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1));

const step = fc.record<Step>({
  type: fc.constantFrom(...jobTypes),
  when: fc.constantFrom('between', 'during'),
  change: fc.oneof(
    fc.record({
      kind: fc.constant('insert' as const),
      at: edge,
      voices: fc.integer({ min: 1, max: 20 }),
    }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.array(edge, { maxLength: 6 }) }),
    fc.record({ kind: fc.constant('remove around the cursor' as const), above: fc.nat(3), below: fc.nat(3) }),
    fc.record({ kind: fc.constant('rest' as const) }),
  ),
});

function apply(emulator: Emulator, { type, change }: Step, cursorId: string | undefined): void {
  const ids = emulator.voices(type).map(({ VoiceId }) => VoiceId);
  const remove = (gone: readonly (string | undefined)[]) => {
    for (const id of new Set(gone)) if (id !== undefined) emulator.removeVoice(id);
  };
  if (change.kind === 'insert')
    emulator.insertVoices(type, change.voices, Math.round(change.at * ids.length));
  else if (change.kind === 'remove') remove(change.at.map((at) => ids[Math.floor(at * (ids.length - 1))]));
  else if (change.kind === 'remove around the cursor') {
    const at = ids.indexOf(cursorId ?? '');
    if (at !== -1) remove(ids.slice(Math.max(0, at - change.above), at + 1 + change.below));
  }
}

/** The voices that stood in every state of their list. */
const standing = (emulator: Emulator, type: Type) =>
  TYPES[type].flatMap((one: JobType) => {
    const states = emulator.voiceHistory(one).map(({ voiceIds }) => new Set(voiceIds));
    return [...(states[0] ?? [])].filter((id) => states.every((state) => state.has(id)));
  });

/** Ids in display order, for walks in both directions. Stops after three times the pages of the list. */
async function walk(
  gateway: GatewayUnderTest,
  type: Type,
  { isForwards, rows, plan }: { isForwards: boolean; rows: number; plan: readonly Step[] },
): Promise<string[]> {
  const { emulator } = gateway;
  let seen: string[] = [];
  let cursor: string | null = null;
  let during: Step[] = [];
  const steps = [...plan];
  const edgeId = () => (isForwards ? seen.at(-1) : seen[0]);
  const stop = emulator.beforePage(() => {
    for (const one of during.splice(0, 1)) apply(emulator, one, edgeId());
  });
  try {
    for (let pages = 3 * Math.ceil(700 / rows); pages > 0; pages--) {
      const now = steps.splice(0, 2);
      for (const one of now) if (one.when === 'between') apply(emulator, one, edgeId());
      during = now.filter(({ when }) => when === 'during');
      const page: Page = await read(
        gateway,
        isForwards ? { type, first: rows, after: cursor } : { type, last: rows, before: cursor },
      );
      const ids = page.nodes.map(({ voiceId }) => voiceId);
      seen = isForwards ? [...seen, ...ids] : [...ids, ...seen];
      const { hasNextPage, hasPreviousPage, endCursor, startCursor } = page.pageInfo;
      if (!(isForwards ? hasNextPage : hasPreviousPage)) return seen;
      cursor = isForwards ? endCursor : startCursor;
    }
    throw new Error('the walk does not end');
  } finally {
    stop();
  }
}

describe.each([
  ['without a cache', 0],
  ['with a cache', 3_600_000],
])('a walk of voices %s', (_, ttlMs) => {
  test.each([
    ['BASIC', 'forwards'],
    ['BASIC', 'backwards'],
    ['ALL', 'forwards'],
    ['ALL', 'backwards'],
  ] as const)(
    'of the list %s %s returns each voice that stood throughout exactly once, under any inserts and deletes',
    async (type, direction) => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(260),
          fc.nat(40),
          fc.oneof(fc.integer({ min: 4, max: 30 }), fc.integer({ min: 30, max: 100 })),
          fc.array(step, { maxLength: 30 }),
          async (Basic, Standard, rows, plan) => {
            // A gateway per run: a shared cache would contain the voices of earlier runs.
            await using gateway = await startGateway({ gateway: { cache: { ttlMs, staleIfErrorMs: 0 } } });
            const { emulator } = gateway;
            fill(emulator, { Basic, Standard });
            const ids = await walk(gateway, type, { isForwards: direction === 'forwards', rows, plan });
            expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
            const seen = new Set(ids);
            expect(standing(emulator, type).filter((id) => !seen.has(id))).toEqual([]);
          },
        ),
        { numRuns: runs(50) },
      );
    },
  );
});
