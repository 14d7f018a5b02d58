import { Kind, OperationTypeNode, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../console/src/generated/persisted-documents.json' with { type: 'json' };
import { CheckedDocument, DocumentCache } from '../../src/limits/checked-document.ts';
import { createSchema } from '../../src/schema/index.ts';
import { compile } from '../../src/server/graphql/compiled/compile.ts';
import { type Console, openConsole } from '../../src/server/pages/console.ts';
import { get, isHot, post } from '../answers/asking.ts';
import { expectOneAnswer } from '../answers/ways.ts';
import { refusalOf } from '../documents/trusted.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { open } from '../live/raw-socket.ts';
import { DOCUMENTS, type MadeUpBuild, makeUpBuild } from './made-up-build.ts';

const TOTAL = { documentId: 'sha256:total' };
const TOTAL_TEXT = DOCUMENTS['sha256:total'];
const MINE = '{ customizedVoiceJobs(first: 1) { nodes { jobId } } }';
const ANSWER = { data: { customizedVoiceJobs: { totalCount: 271 } } };
const badId = { code: 'BAD_USER_INPUT', argument: 'documentId' };

let build: MadeUpBuild;
let page: Console | undefined;
beforeAll(async () => {
  build = makeUpBuild();
  page = await openConsole(true, build.folder);
});
afterAll(() => build?.[Symbol.dispose]());

const under = (mode: 'only' | 'allow' | undefined, documents: Record<string, string> = { mine: MINE }) =>
  startGateway({
    gateway: {
      console: page,
      cache: { ttlMs: 60_000, staleIfErrorMs: 0 },
      trustedDocuments: mode && { mode, documents: new Map(Object.entries(documents)) },
    },
  });

describe.each([undefined, 'allow', 'only'] as const)(
  'with the console on and TRUSTED_DOCUMENTS=%s',
  (mode) => {
    let gateway: GatewayUnderTest;
    beforeAll(async () => {
      gateway = await under(mode);
    });
    afterAll(() => gateway?.[Symbol.asyncDispose]());

    test("serves the console's operations by id, alike on every path, by POST and GET", async () => {
      const { status, body } = await expectOneAnswer(gateway, { ...TOTAL, operationName: 'ConsoleTotal' });
      expect(status).toBe(200);
      expect(JSON.parse(String(body))).toEqual(ANSWER);
      expect(JSON.parse((await get(gateway, TOTAL)).text)).toEqual(ANSWER);
    });

    test('serves a repeated operation from the response cache', async () => {
      await post(gateway, TOTAL);
      expect(await isHot(gateway, () => post(gateway, TOTAL))).toBe(true);
    });

    test('serves a subscription by its document id', async () => {
      const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
      const { say, received, socket } = await open(gateway.origin);
      say({ type: 'connection_init' });
      await expect.poll(() => received).toHaveLength(1);
      say({
        type: 'subscribe',
        id: 'a',
        payload: { query: '', documentId: 'sha256:live', variables: { jobId } },
      });
      await expect.poll(() => received).toHaveLength(2);
      socket.close();
      expect(received[1]?.payload.data.customizedVoiceJobStatusChanged.status).toBe('TRAINING');
    });

    test("rejects a console's id with another query text, or ignores the id where texts are accepted", async () => {
      const { text } = await post(gateway, { ...TOTAL, query: MINE });
      if (mode === undefined) expect(JSON.parse(text).data.customizedVoiceJobs.nodes).toHaveLength(1);
      else expect(refusalOf(text).extensions).toMatchObject(badId);
    });

    test('rejects an unregistered id', async () => {
      const unknown = await post(gateway, { documentId: 'sha256:unheard-of' });
      expect(refusalOf(unknown.text).extensions).toMatchObject(badId);
    });

    test("accepts the console's ids on /graphql only, not on /subgraph", async () => {
      const { text } = await post(gateway, TOTAL, { path: '/subgraph' });
      expect(refusalOf(text).extensions).toMatchObject(badId);
    });
  },
);

test('without TRUSTED_DOCUMENTS, query texts are executed as usual', async () => {
  await using gateway = await under(undefined);
  const { status, body } = await expectOneAnswer(gateway, { query: TOTAL_TEXT });
  expect(status).toBe(200);
  expect(JSON.parse(String(body))).toEqual(ANSWER);
});

test("with `only`, query texts are rejected, the console's included", async () => {
  await using gateway = await under('only');
  for (const query of [MINE, TOTAL_TEXT, '{ __typename }']) {
    const { status, text } = await post(gateway, { query });
    expect(status).toBe(403);
    expect(refusalOf(text).extensions).toEqual({ code: 'FORBIDDEN' });
  }
});

test("the operator's documents stay valid, and win over the console's with the same id", async () => {
  await using gateway = await under('only', { mine: MINE, 'sha256:total': MINE });
  for (const documentId of ['mine', 'sha256:total']) {
    const { data } = JSON.parse((await post(gateway, { documentId })).text);
    expect(data.customizedVoiceJobs.nodes).toHaveLength(1);
  }
});

test('without the console, its ids are unknown', async () => {
  await using gateway = await startGateway();
  expect(refusalOf((await post(gateway, TOTAL)).text).extensions).toMatchObject(badId);
});

describe("the console's operations", () => {
  const schema = createSchema();
  const operations = Object.entries(manifest).map(([id, text]) => {
    const document = parse(text);
    const [operation] = document.definitions.filter(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
    if (operation === undefined) throw new Error(`${id} has no operation`);
    return { name: operation.name?.value ?? id, id, text, document, operation };
  });

  test.each(operations)(
    '$name is valid for the schema, and accepted by its id in a manifest',
    ({ id, document }) => {
      expect(validate(schema, document)).toEqual([]);
      expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    },
  );

  test.each(operations)('$name is within the default limits', ({ text, operation }) => {
    const limits = { depth: 12, complexity: 2500, searchCalls: 10 };
    const documents = new DocumentCache(schema, { introspection: false, limits });
    const checked = documents.find(text);
    if (!(checked instanceof CheckedDocument)) throw checked;
    expect(checked.errors).toEqual([]);
    const variables = { first: 100, after: 'x', jobId: 'x', id: 'x', type: 'ALL' };
    expect(documents.isAllowed(checked.costOf(operation).of(variables))).toBe(true);
  });

  test('queries are compiled by the fast path', () => {
    const queries = operations.filter(({ operation }) => operation.operation === OperationTypeNode.QUERY);
    expect(queries.length).toBeGreaterThan(0);
    const slow = queries.filter(({ document, operation }) => !compile(schema, document, operation));
    expect(slow.map(({ name }) => name)).toEqual([]);
  });
});
