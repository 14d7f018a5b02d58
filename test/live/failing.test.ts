import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { undisturbed } from '../faults/standstill.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { type Following, follow, TRANSPORTS } from './subscriber-under-test.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const JOB = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';

/** A metric without labels. */
async function metric({ origin }: GatewayUnderTest, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

const FAULTS: [string, Fault][] = [
  ['errors', { kind: 'error', code: 'ServiceUnavailable', status: 503 }],
  ['connections that break', { kind: 'reset' }],
  ['no answers', { kind: 'hang' }],
  ['throttling', { kind: 'error', code: 'Throttling.User', status: 400 }],
  ['refused credentials', { kind: 'error', code: 'InvalidAccessKeyId.NotFound', status: 404 }],
];

describe.concurrent.each(FAULTS)('while the upstream fails with %s', (_, fault) => {
  test.for(TRANSPORTS)('streams pause for 3 s and then continue, by %s', async (transport, { expect }) => {
    await using gateway = await startGateway({ gateway: { deadlineMs: 500 } });
    const { emulator, origin } = gateway;
    const { JobId } = emulator.insert('Basic', { Status: 'Initialization' });
    const following = follow(transport, origin, JobId);
    await expect.poll(() => following.statuses).toEqual(['INITIALIZATION']);
    const lift = emulator.fault(fault);
    await sleep(1500);
    emulator.change(JobId, { Status: 'Training' });
    // Starts while no state is known.
    const late = follow(transport, origin, JobId);
    await sleep(1500);
    await expect.poll(() => metric(gateway, 'voicejobs_subscription_polling_paused')).toBe(1);
    lift();
    await expect.poll(() => following.statuses).toEqual(['INITIALIZATION', 'TRAINING']);
    await expect.poll(() => metric(gateway, 'voicejobs_subscription_polling_paused')).toBe(0);
    emulator.change(JobId, { Status: 'Success' });
    await Promise.all([following.ended, late.ended]);
    expect(following.statuses).toEqual(['INITIALIZATION', 'TRAINING', 'SUCCESS']);
    expect(late.statuses).toEqual(['TRAINING', 'SUCCESS']);
    const answers = [...following.answers, ...late.answers];
    expect(answers.map(({ errors }) => errors)).toEqual(answers.map(() => undefined));
  });
});

test('a stream ends if its job no longer exists when the upstream is back', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 500 } });
  const lift = gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  const following = follow('server-sent events', gateway.origin, 'nobody');
  await sleep(700);
  lift();
  await following.ended;
  expect(following.answers).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
});

test('requests have priority over polls when the quota is short: none is rejected, and streams continue after them', () =>
  undisturbed(async () => {
    await using gateway = await startGateway({
      emulator: { basicCount: 500 },
      gateway: { maxRequestsPerSecond: 5, deadlineMs: 1000 },
    });
    const { emulator, origin } = gateway;
    const list = emulator.list('Basic').map((job) => job.JobId);
    // On different pages, so that each needs its own call.
    const watched = list.filter((_, index) => index % 100 === 50);
    for (const jobId of watched) emulator.change(jobId, { Status: 'Training' });
    const followings: Following[] = [];
    for (const jobId of watched) {
      followings.push(follow('server-sent events', origin, jobId));
      await sleep(250);
    }
    await expect.poll(() => followings.every(({ statuses }) => statuses.length === 1)).toBe(true);
    const answers = [];
    for (let asked = 0; asked < 12; asked++) {
      answers.push(gateway.ask(JOB, { jobId: list[0] }));
      await sleep(220);
    }
    const told = await Promise.all(answers);
    expect(told.filter(({ errors }) => errors)).toEqual([]);
    expect(await metric(gateway, 'voicejobs_subscription_polls_skipped_total')).toBeGreaterThan(0);
    for (const jobId of watched) emulator.change(jobId, { Status: 'Success' });
    await Promise.all(followings.map(({ ended }) => ended));
    expect(followings.map(({ statuses }) => statuses)).toEqual(watched.map(() => ['TRAINING', 'SUCCESS']));
  }));
