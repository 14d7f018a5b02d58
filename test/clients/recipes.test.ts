import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { truth } from './expectations.ts';

// The recipes of docs/recipes.md, against a gateway.

const here = import.meta.dirname;
const read = (file: string) => readFileSync(join(here, file), 'utf8');

test('the export writes each job of both editions once, newest first', async () => {
  await using gateway = await startGateway();
  const { stdout } = await promisify(execFile)(process.execPath, [join(here, 'export.ts')], {
    env: { ENDPOINT: `${gateway.origin}/graphql` },
    maxBuffer: 16 * 1024 * 1024,
  });
  const ids = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).jobId);
  expect(ids).toEqual(truth(gateway.emulator, 'ALL'));
});

test('a page of jobs includes their voices, and null for a job without one', async () => {
  await using gateway = await startGateway();
  const { data, errors } = await gateway.ask(read('voice-of-a-job.graphql'), { first: 50 });
  expect(errors).toBeUndefined();
  const { nodes } = data.customizedVoiceJobs;
  expect(nodes).toHaveLength(50);
  for (const { status, voice } of nodes) expect(voice !== null, status).toBe(status === 'SUCCESS');
});
