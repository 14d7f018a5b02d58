import { describe, expect, test } from 'vitest';
import type { MonotonicMs } from '../../src/clock.ts';
import { JOB_STATUSES, VoiceJob } from '../../src/voice-jobs/job.ts';
import { JobState } from '../../src/voice-jobs/watch/job-state.ts';
import { MAX_BUFFERED, Subscriber } from '../../src/voice-jobs/watch/subscriber.ts';
import { fc } from '../runs.ts';

type Status = VoiceJob['status'];

const jobIn = (status: Status) =>
  new VoiceJob({
    jobId: 'a',
    voiceId: null,
    rawStatus: status,
    message: null,
    voiceName: null,
    voiceDesc: null,
    rawType: 'Basic',
    gender: null,
    scenario: null,
    createTime: null,
    gmtCreate: null,
  });

/** All states that a subscriber has pending now. */
async function taken(follower: Subscriber): Promise<Status[]> {
  const statuses: Status[] = [];
  for await (const { status } of follower) statuses.push(status);
  return statuses;
}

/** Without repetitions of the previous one. */
function changesOf(statuses: readonly Status[]): Status[] {
  return statuses.filter((status, index) => index === 0 || status !== statuses[index - 1]);
}

const running = fc.constantFrom<Status>(...JOB_STATUSES.slice(0, 4), null);

describe("a subscriber's queue", () => {
  test('property: contains every state, none twice in succession, if it is read in time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(running), async (statuses) => {
        const follower = new Subscriber(() => {});
        const seen = taken(follower);
        for (const status of [...statuses, 'Success' as const]) {
          follower.offer(jobIn(status));
          await new Promise(setImmediate);
        }
        expect(await seen).toEqual(changesOf([...statuses, 'Success']));
      }),
    );
  });

  test('property: drops the oldest states beyond its bound, and ends with the final one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(running), async (statuses) => {
        const follower = new Subscriber(() => {});
        for (const status of [...statuses, 'Success' as const]) follower.offer(jobIn(status));
        expect(await taken(follower)).toEqual(
          changesOf([...statuses, 'Success' as const].slice(-MAX_BUFFERED)),
        );
      }),
    );
  });

  test('can be closed while a read is pending, and reports that once', async () => {
    let left = 0;
    const follower = new Subscriber(() => left++);
    const next = follower.next();
    await follower.return();
    await follower.return();
    expect(await next).toEqual({ done: true, value: undefined });
    follower.offer(jobIn('Training'));
    expect(await follower.next()).toEqual({ done: true, value: undefined });
    expect(left).toBe(1);
  });

  test('returns pending states before its error, and the error once', async () => {
    const follower = new Subscriber(() => {});
    follower.offer(jobIn('Training'));
    follower.end(new Error('gone'));
    expect((await follower.next()).value?.status).toBe('Training');
    await expect(follower.next()).rejects.toThrow('gone');
    expect(await follower.next()).toEqual({ done: true, value: undefined });
  });
});

test('property: states are shown in the order in which the job had them, in whatever order reads return', async () => {
  // The job changes at each whole time. A read sees the state of some moment between its request and its response.
  const readings = fc.array(fc.record({ sentAt: fc.nat(40), seenAfter: fc.nat(10), cameAfter: fc.nat(10) }), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(readings, async (given) => {
      const watched = new JobState('a');
      const follower = watched.subscribe(() => {});
      const seen: number[] = [];
      const came = given
        .map(({ sentAt, seenAfter, cameAfter }) => ({
          sentAt,
          seenAt: sentAt + seenAfter,
          cameAt: sentAt + seenAfter + cameAfter,
        }))
        .sort((one, other) => one.cameAt - other.cameAt);
      for (const { sentAt, seenAt, cameAt } of came) {
        // All states that the job can have, repeatedly; the message identifies each one.
        const job = jobIn(JOB_STATUSES[seenAt % 4] ?? null);
        const before = watched.known;
        watched.update(
          new VoiceJob({ ...job, message: String(seenAt) }),
          sentAt as MonotonicMs,
          cameAt as MonotonicMs,
        );
        if (watched.known !== before) seen.push(Number(watched.known?.message));
      }
      watched.end();
      const shown: number[] = [];
      for await (const { message } of follower) shown.push(Number(message));
      expect(seen).toEqual([...seen].sort((one, other) => one - other));
      expect(shown).toEqual([...shown].sort((one, other) => one - other));
    }),
  );
});
