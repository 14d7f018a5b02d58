import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Answer, startGateway } from '../gateway-under-test.ts';
import { runScript } from '../parts/script.ts';
import { truth } from './expectations.ts';

/** Runs the script as in the documentation. Rejects when its exit code is not 0. */
async function readPages(endpoint: string): Promise<Answer[]> {
  const file = join(import.meta.dirname, 'first-page.sh');
  const { stdout, stderr } = await runScript(file, { env: { ENDPOINT: endpoint } });
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const idsOf = ({ data }: Answer) =>
  data.customizedVoiceJobs.nodes.map(({ jobId }: { jobId: string }) => jobId);

test('curl reads the first page, and the second one by its end cursor', async () => {
  await using gateway = await startGateway();
  const pages = await readPages(`${gateway.origin}/graphql`);
  expect(pages).toHaveLength(2);
  expect(pages.flatMap(idsOf)).toEqual(truth(gateway.emulator, 'BASIC').slice(0, 20));
});

test.each([3, 0])('curl reads one page of a list with %i jobs', async (basicCount) => {
  await using gateway = await startGateway({ emulator: { basicCount } });
  const pages = await readPages(`${gateway.origin}/graphql`);
  expect(pages.map(idsOf)).toEqual([truth(gateway.emulator, 'BASIC')]);
});

test('an error is printed unchanged and ends the script', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  const answers = await readPages(`${gateway.origin}/graphql`);
  expect(answers).toMatchObject([{ data: null, errors: [{ extensions: { code: 'UPSTREAM_THROTTLED' } }] }]);
});

test('the script fails without a gateway', async () => {
  await expect(readPages('http://127.0.0.1:1/graphql')).rejects.toThrow(/Failed to connect/);
});
