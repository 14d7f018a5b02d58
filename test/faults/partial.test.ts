import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry-rules.ts';
import { startGateway } from '../gateway-under-test.ts';
import { DEADLINE_MS, GRACE_MS } from './run-case.ts';
import { timed, undisturbed } from './standstill.ts';

const FAULTS: [Fault, code: string, attempts: number][] = [
  [{ kind: 'reset' }, 'UPSTREAM_UNAVAILABLE', MAX_ATTEMPTS],
  [{ kind: 'hang' }, 'UPSTREAM_TIMEOUT', 1],
  [{ kind: 'error', code: 'Forbidden.RAM', status: 403 }, 'UPSTREAM_DENIED', 1],
  [{ kind: 'error', code: 'Throttling.User', status: 400 }, 'UPSTREAM_THROTTLED', MAX_ATTEMPTS],
  [{ kind: 'cutJson' }, 'UPSTREAM_BAD_RESPONSE', 1],
];

const WINDOW = `query ($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String) {
  customizedVoiceJobs(type: $type, first: $first, after: $after) { edges { cursor node { jobId } } }
}`;

describe.each(FAULTS)('%j', (fault, code, attempts) => {
  const deadlineMs = code === 'UPSTREAM_TIMEOUT' ? DEADLINE_MS : 2000;

  test.concurrent('on the second page of a window of two fails the whole window', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({ gateway: { deadlineMs } });
      const { emulator } = gateway;
      const top = await gateway.ask(WINDOW, { type: 'BASIC', first: 31 });
      const after = top.data.customizedVoiceJobs.edges.at(-1).cursor;
      const across = { type: 'BASIC', first: 100, after };
      emulator.resetCalls();
      const lift = emulator.fault(fault, { when: ({ params }) => params.PageNo === '2' });
      const { value: answer, runningMs: tookMs } = await timed(() => gateway.ask(WINDOW, across));
      expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
      expect(answer.data).toBeNull();
      expect(emulator.calls.filter(({ params }) => params.PageNo === '2')).toHaveLength(attempts);
      expect(emulator.calls.filter(({ params }) => params.PageNo === '1')).toHaveLength(1);
      expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);
      lift();
      const { data } = await gateway.ask(WINDOW, across);
      expect(data.customizedVoiceJobs.edges).toHaveLength(100);
    }));

  test.concurrent('on one list fails both lists as one, but not the other list', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({ gateway: { deadlineMs } });
      const { emulator } = gateway;
      const lift = emulator.fault(fault, { when: ({ params }) => params.Type === 'Standard' });
      const [all, basic, standard] = await Promise.all(
        ['ALL', 'BASIC', 'STANDARD'].map((type) => timed(() => gateway.ask(WINDOW, { type, first: 5 }))),
      );
      const codes = [all, basic, standard].map((asked) =>
        asked?.value.errors?.map(({ extensions }) => extensions.code),
      );
      expect(codes).toEqual([[code], undefined, [code]]);
      expect(basic?.value.data.customizedVoiceJobs.edges).toHaveLength(5);
      for (const asked of [all, basic, standard])
        expect(asked?.runningMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);
      lift();
      const { data } = await gateway.ask(WINDOW, { type: 'ALL', first: 5 });
      expect(data.customizedVoiceJobs.edges).toHaveLength(5);
    }));

  test.concurrent('on jobs by id fails these fields, but not the list next to them', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({ gateway: { deadlineMs } });
      const { emulator } = gateway;
      // Beyond the page that is read next to it, so that its row is not on that page.
      const jobId = emulator.list('Basic').at(200)?.JobId;
      const lift = emulator.fault(fault, { action: 'GetCustomizedVoiceJob' });
      const query = `query ($jobId: ID!) {
      job: customizedVoiceJob(jobId: $jobId) { jobId }
      customizedVoiceJobs(first: 3) { nodes { jobId } }
    }`;
      const { value: answer, runningMs: tookMs } = await timed(() => gateway.ask(query, { jobId }));
      expect(answer.errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
        [['job'], code],
      ]);
      expect(answer.data).toMatchObject({ job: null, customizedVoiceJobs: { nodes: [{}, {}, {}] } });
      expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);
      expect(emulator.calls.filter(({ action }) => action === 'GetCustomizedVoiceJob')).toHaveLength(
        attempts,
      );
      lift();
      expect((await gateway.ask(query, { jobId })).data.job).toEqual({ jobId });
    }));
});
