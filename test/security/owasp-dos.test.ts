import { describe, expect, test } from 'vitest';
import { post } from '../answers/asking.ts';
import { times } from '../limits/check-document.ts';
import { startProduction } from './production.ts';

// Recommendations of "Batching Attacks"; test/security/owasp.test.ts names the tests of "DoS Prevention".
// https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html#dos-prevention

const lookups = (count: number) =>
  `{ ${times(count, (index) => `a${index}: customizedVoiceJob(jobId: "${index}") { id }`)} }`;
const codeOf = ({ errors }: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  errors?.[0]?.extensions.code;

describe('OWASP batching attacks', () => {
  test('at most one of many operations in a document is executed', async () => {
    await using gateway = await startProduction();
    const query = times(9, (index) => `query Q${index} { customizedVoiceJob(jobId: "${index}") { id } }`);
    expect((await post(gateway, { query })).text).toContain('errors');
    expect(gateway.emulator.calls).toEqual([]);
    await post(gateway, { query, operationName: 'Q3' });
    expect(gateway.emulator.calls.map(({ params }) => params.JobId)).toEqual(['3']);
  });

  test('enumeration by aliases: each one costs points, and there are at most 50', async () => {
    await using gateway = await startProduction();
    expect(codeOf(await gateway.ask(lookups(51)))).toBe('OPERATION_TOO_COMPLEX');
    expect(codeOf(await gateway.ask(lookups(500)))).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
    await gateway.ask(lookups(50));
    expect(gateway.emulator.calls).toHaveLength(50);
  });

  test('object request limiting: objects count, however few fields are selected', async () => {
    await using gateway = await startProduction();
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const of = Array.from({ length: 300 }, (_, index) => ({
      __typename: 'CustomizedVoiceJob',
      jobId: `${index}`,
    }));
    expect(codeOf(await gateway.ask(query, { of }, {}, '/subgraph'))).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
  });
});
