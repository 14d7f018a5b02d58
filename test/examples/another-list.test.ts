import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commentsOf } from '../../examples/another-list/comments.ts';
import { createEndpoint } from '../../examples/another-list/schema.ts';
import { CommentApi } from '../../examples/another-list/upstream.ts';
import type { RealignmentEvent } from '../../src/observer.ts';
import type { ConnectionArgs, ListsOptions } from '../../src/paging/index.ts';
import { fc, fraction, runs } from '../runs.ts';

const folder = join(import.meta.dirname, '../../examples/another-list');
const CACHES = [
  ['without a cache', {}],
  ['with a cache', { cache: { ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 } }],
] as const;
/** Upper limit of pages, so that a walk that never ends fails. */
const MOST_PAGES = 3000;
const DIRECTIONS = ['forwards', 'backwards'] as const;

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String) {
  comments(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    edges { cursor node { text } }
  }
}`;

interface CommentPage {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasPreviousPage: boolean;
    readonly hasNextPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly text: string } }[];
}

interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

type Endpoint = ReturnType<typeof createEndpoint>;

let api: CommentApi;
let origin: string;
/** Called before the API responds to a request. */
let beforeResponse = () => {};

beforeAll(async () => {
  api = new CommentApi();
  api.server.prependListener('request', () => beforeResponse());
  origin = await api.listen(0);
});
beforeEach(() => {
  beforeResponse = () => {};
});
afterAll(() => api[Symbol.asyncDispose]());

function fill(comments: number): void {
  api.comments = [];
  for (let count = 0; count < comments; count++) api.add();
}

const texts = () => api.comments.map(({ text }) => text);

async function ask<Data>(endpoint: Endpoint, query: string, variables = {}): Promise<Answer<Data>> {
  const response = await endpoint.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<Data>;
}

async function page(endpoint: Endpoint, args: ConnectionArgs): Promise<CommentPage> {
  const { data, errors } = await ask<{ comments: CommentPage }>(endpoint, PAGE, args);
  expect(errors).toBeUndefined();
  return data.comments;
}

/** Follows the cursors to the end, as a client does. @param between called before each page but the first */
async function walk(
  endpoint: Endpoint,
  direction: (typeof DIRECTIONS)[number],
  rows: number,
  between: (cursorText: string | undefined) => void = () => {},
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    if (pages > 0) between(direction === 'forwards' ? seen.at(-1) : seen[0]);
    const isForwards = direction === 'forwards';
    const { edges, pageInfo } = await page(
      endpoint,
      isForwards ? { first: rows, after: cursor } : { last: rows, before: cursor },
    );
    const found = edges.map(({ node }) => node.text);
    if (isForwards) seen.push(...found);
    else seen.unshift(...found);
    cursor = isForwards ? pageInfo.endCursor : pageInfo.startCursor;
    if (!(isForwards ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return seen;
  }
  throw new Error(`the walk does not end: ${seen.length} comments after ${MOST_PAGES} pages`);
}

describe.each(CACHES)('comments behind another API, %s', (_, options) => {
  /** Outcomes of the searches for a moved cursor. */
  const outcomes = new Set<RealignmentEvent['outcome']>();
  const observer: ListsOptions['observer'] = { realigned: ({ outcome }) => outcomes.add(outcome) };
  const start = () => createEndpoint(commentsOf(origin, { ...options, observer }));

  test('every window equals that of a plain array, with its flags and total', async () => {
    const place = fc.option(fraction, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(160),
        fc.boolean(),
        fc.nat(100),
        place,
        place,
        async (comments, isFirst, rows, afterPart, beforePart) => {
          fill(comments);
          const endpoint = start();
          const all = await edgesOfAll(endpoint);
          expect(all.map(({ node }) => node.text)).toEqual(texts());
          const at = (part: number | undefined) =>
            part === undefined || comments === 0 ? undefined : Math.round(part * (comments - 1));
          const [after, before] = [at(afterPart), at(beforePart)];
          const args = {
            [isFirst ? 'first' : 'last']: rows,
            after: after === undefined ? null : all[after]?.cursor,
            before: before === undefined ? null : all[before]?.cursor,
          };
          const { edges, totalCount, pageInfo } = await page(endpoint, args);
          const from = after === undefined ? 0 : after + 1;
          const to = Math.max(from, before ?? comments);
          const [begin, end] = isFirst ? [from, Math.min(to, from + rows)] : [Math.max(from, to - rows), to];
          expect(edges.map(({ node }) => node.text)).toEqual(texts().slice(begin, end));
          expect(totalCount).toBe(comments);
          if (edges.length === 0) return;
          expect(pageInfo.hasPreviousPage).toBe(begin > 0);
          expect(pageInfo.hasNextPage).toBe(end < comments);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test.each(DIRECTIONS)('a walk %s with every page size from 1 to 52 returns the list', async (way) => {
    fill(103);
    for (let rows = 1; rows <= 52; rows++) expect(await walk(start(), way, rows)).toEqual(texts());
  });

  test.each(DIRECTIONS)(
    'a walk %s returns each existing comment exactly once while others are added and deleted, unless the kernel reports a guess',
    async (way) => {
      const rowCounts = fc.oneof(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 8, max: 48 }),
        fc.constantFrom(49, 50, 51, 99, 100),
      );
      let proven = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(160),
          rowCounts,
          fc.array(step, { maxLength: 30 }),
          async (comments, rows, steps) => {
            fill(comments);
            outcomes.clear();
            const standing = new Set(texts());
            const left = [...steps];
            let cursorText: string | undefined;
            const happen = (when: Step['when']) => {
              if (left[0]?.when === when) apply(left.shift() as Step, cursorText, standing);
            };
            beforeResponse = () => happen('during');
            const seen = await walk(start(), way, rows, (text) => {
              cursorText = text;
              happen('between');
            });
            beforeResponse = () => {};
            if (outcomes.has('guessed') || outcomes.has('offset')) return;
            proven++;
            expect(seen.filter((text, index) => seen.indexOf(text) !== index)).toEqual([]);
            expect([...standing].filter((text) => !seen.includes(text))).toEqual([]);
          },
        ),
        { numRuns: runs(200) },
      );
      expect(proven).toBeGreaterThan(runs(200) / 2);
    },
  );
});

/** A change of the comments before or during the read of a page. Positions are fractions of the list's length. */
interface Step {
  readonly when: 'between' | 'during';
  readonly added: number;
  readonly deleted: readonly number[];
  /** Deletes the cursor's comment and as many on each side of it; undefined for no deletion. */
  readonly aroundCursor: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  when: fc.constantFrom('between' as const, 'during' as const),
  added: fc.oneof(fc.nat(3), fc.constant(60)),
  deleted: fc.array(fraction, { maxLength: 5 }),
  aroundCursor: fc.option(fc.nat(3), { nil: undefined }),
});

/** @param standing comments that have existed throughout; deleted ones are removed from it */
function apply(
  { added, deleted, aroundCursor }: Step,
  cursorText: string | undefined,
  standing: Set<string>,
): void {
  for (let count = 0; count < added; count++) api.add();
  const places = deleted.map((part) => Math.floor(part * (api.comments.length - 1)));
  const at = texts().indexOf(cursorText ?? '');
  if (at !== -1 && aroundCursor !== undefined)
    for (let place = at - aroundCursor; place <= at + aroundCursor; place++) places.push(place);
  for (const comment of places.map((place) => api.comments[place])) {
    if (comment === undefined) continue;
    api.remove(comment.id);
    standing.delete(comment.text);
  }
}

async function edgesOfAll(endpoint: Endpoint): Promise<CommentPage['edges'][number][]> {
  const edges: CommentPage['edges'][number][] = [];
  for (let after: string | null = null; ; ) {
    const { edges: found, pageInfo }: CommentPage = await page(endpoint, { first: 100, after });
    edges.push(...found);
    if (!pageInfo.hasNextPage) return edges;
    after = pageInfo.endCursor;
  }
}

test('a comment is found by its global id, and one that does not exist is null', async () => {
  fill(3);
  const endpoint = createEndpoint(commentsOf(origin));
  const { data: list } = await ask<{ comments: { nodes: { id: string; text: string }[] } }>(
    endpoint,
    '{ comments { nodes { id text } } }',
  );
  const { id, text } = list.comments.nodes[1] ?? {};
  const query = 'query ($id: ID!) { node(id: $id) { ... on Comment { text } } }';
  expect(await ask(endpoint, query, { id })).toEqual({ data: { node: { text } } });
  api.comments = [];
  expect(await ask(endpoint, query, { id })).toEqual({ data: { node: null } });
});

test.each([
  [{ first: 1, after: 'nonsense' }, 'after'],
  [{ first: 101 }, 'first'],
  [{ first: 1, last: 1 }, 'last'],
])('arguments %j are rejected with the name of the argument', async (args, argument) => {
  const { errors } = await ask(createEndpoint(commentsOf(origin)), PAGE, args);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument }, path: ['comments'] }]);
});

test('an unreachable API is an error with a code, or returns cached rows where there is a cache', async () => {
  await using other = new CommentApi();
  for (let count = 0; count < 3; count++) other.add();
  const elsewhere = await other.listen(0);
  const cache = { ttlMs: 0, staleIfErrorMs: 3_600_000 };
  const [bare, cached] = [{}, { cache }].map((options) => createEndpoint(commentsOf(elsewhere, options)));
  const before = await page(cached as Endpoint, { first: 2 });
  await other[Symbol.asyncDispose]();
  const { errors } = await ask(bare as Endpoint, PAGE, { first: 2 });
  expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['UPSTREAM_UNAVAILABLE']),
  );
  expect(await page(cached as Endpoint, { first: 2 })).toEqual(before);
});

test('`npm run example:another-list` serves the comments of an API that it starts', async () => {
  const { scripts } = JSON.parse(readFileSync(join(folder, '../../package.json'), 'utf8'));
  expect(scripts['example:another-list']).toBe('exec node examples/another-list/main.ts');
  const child = spawn(process.execPath, [join(folder, 'main.ts')], {
    env: { ...process.env, PORT: '0', UPSTREAM_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let output = '';
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      output += chunk;
      if (output.includes('/comments\n')) break;
    }
    const [url = ''] = /http:\S+graphql/.exec(output) ?? [];
    const response = await fetch(`${url}?query={comments(last:1){totalCount,nodes{text}}}`);
    expect(await response.json()).toEqual({
      data: { comments: { totalCount: 137, nodes: [{ text: 'Comment number 137' }] } },
    });
  } finally {
    const closed = once(child, 'close');
    child.kill();
    await closed;
  }
});

test("the example has at most 120 lines besides its API, and imports only the kernel's entry module", () => {
  const sources = ['comments.ts', 'schema.ts', 'main.ts'].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
  const lines = sources.reduce((sum, source) => sum + source.split('\n').length - 1, 0);
  expect(lines).toBeLessThanOrEqual(120);
  const imports = sources.flatMap((source) =>
    [...source.matchAll(/from '(\.\.[^']+)'/g)].map(([, path]) => path),
  );
  expect(new Set(imports)).toEqual(new Set(['../../src/paging/index.ts']));
});
