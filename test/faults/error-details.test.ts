import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { expectNothingOf, UPSTREAM_TEXT } from './confidential-texts.ts';
import { startFronted } from './run-case.ts';
import { undisturbed } from './standstill.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

test('a caller gets UPSTREAM_UNAVAILABLE for an unreachable upstream, without its address', async () => {
  await using gateway = await startFronted();
  await gateway.front.refuse();
  const answer = await gateway.ask(ASK);
  expect(answer.errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
    {
      message: 'The upstream is unavailable. Try again later.',
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    },
  ]);
  expectNothingOf(gateway, [answer], [new URL(gateway.front.origin).host]);
});

test("a denial is logged with its code, and the caller gets the upstream's request id", async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({
    kind: 'error',
    code: 'Forbidden.RAM',
    status: 403,
    message: `acs:ram::123:${UPSTREAM_TEXT}`,
  });
  const answer = await gateway.ask(ASK);
  const [call] = gateway.emulator.calls;
  expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'UPSTREAM_DENIED', upstreamRequestId: call?.requestId },
  ]);
  expectNothingOf(gateway, [answer], [new URL(gateway.emulator.endpoint).host]);
  expect(gateway.logged).toContainEqual(
    expect.objectContaining({
      outcome: 'UPSTREAM_DENIED',
      detail: 'Forbidden.RAM, HTTP 403',
      upstreamRequestId: call?.requestId,
      tries: 1,
    }),
  );
});

test('the log contains the number of attempts of a call, and the error of the last one', () =>
  undisturbed(async () => {
    await using gateway = await startGateway({ gateway: { deadlineMs: 600 } });
    gateway.emulator.fault({ kind: 'reset' }, { times: 1 });
    gateway.emulator.fault({ kind: 'hang' });
    await gateway.ask(ASK);
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ outcome: 'UPSTREAM_TIMEOUT', tries: 2, detail: 'deadline of 600 ms' }),
    );
  }));
