import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import type { MonotonicMs } from '../../src/clock.ts';
import { UpstreamError } from '../../src/errors.ts';
import { CallCounter, type Caller, callerOfShared, Freshness, tracedRead } from '../../src/paging/caller.ts';
import { spansOf } from './spans.ts';

/** A caller with a traced request, and the spans of its reads. */
function tracedCaller(more: Partial<Pick<Caller, 'deadlineAt' | 'upstreamRequestIds'>> = {}) {
  spans = spansOf();
  const { signal } = new AbortController();
  return { signal, calls: new CallCounter(), span: spans.request(), ...more };
}

let spans: ReturnType<typeof spansOf>;
const ended = () => spans.finished();

describe('tracedRead', () => {
  test('creates a child span of the request with the attributes and the number of calls', async () => {
    const caller = tracedCaller();
    caller.calls.add();
    const read = async (own: Caller | undefined) => {
      own?.calls?.add();
      own?.calls?.add();
      return { own };
    };
    const { own } = await tracedRead(caller, 'read page', { 'list.page': 7 }, read);
    expect(caller.calls.count).toBe(3);
    const [span] = ended();
    expect(ended()).toHaveLength(1);
    expect(span).toMatchObject({
      name: 'read page',
      kind: SpanKind.INTERNAL,
      attributes: { 'list.page': 7, 'upstream.calls': 2 },
      status: { code: SpanStatusCode.UNSET },
      links: [],
    });
    expect(span?.parentSpanContext?.spanId).toBe(caller.span.spanContext.spanId);
    // Nested reads belong to the span of this read.
    expect(own?.span?.spanContext.spanId).toBe(span?.spanContext().spanId);
  });

  test('passes on the signal, deadline and request ids of the caller', async () => {
    const upstreamRequestIds: string[] = [];
    const caller = tracedCaller({ deadlineAt: 5 as MonotonicMs, upstreamRequestIds });
    await tracedRead(caller, 'read', {}, async (own) => {
      expect(own?.signal).toBe(caller.signal);
      expect(own?.deadlineAt).toBe(5);
      expect(own?.upstreamRequestIds).toBe(upstreamRequestIds);
      return {};
    });
  });

  test('links the span to the span of the request whose call it shares', async () => {
    const value = {};
    const calling = async (caller: Caller | undefined) => {
      caller?.calls?.add();
      return value;
    };
    await tracedRead(tracedCaller(), 'read', {}, calling);
    const [origin] = ended();
    for (let sharing = 0; sharing < 2; sharing++) {
      await tracedRead(tracedCaller(), 'read', {}, async () => value);
      expect(ended()[0]?.links.map(({ context }) => context)).toEqual([origin?.spanContext()]);
    }
    await tracedRead(tracedCaller(), 'read', {}, async () => ({}));
    expect(ended()[0]?.links).toEqual([]);
  });

  test.each([
    ['an upstream error has its code, as an error', 'UPSTREAM_TIMEOUT', SpanStatusCode.ERROR],
    ['the end of the request is cancelled, which is none', 'CANCELLED', SpanStatusCode.UNSET],
  ])('ends the span with the code of a read that fails by %s', async (_, code, status) => {
    const error =
      code === 'CANCELLED'
        ? new DOMException('left', 'AbortError')
        : new UpstreamError('UPSTREAM_TIMEOUT', { detail: 'as the test has it' });
    const read = async (caller: Caller | undefined) => {
      caller?.calls?.add();
      throw error;
    };
    await expect(tracedRead(tracedCaller(), 'read', {}, read)).rejects.toBe(error);
    const [first] = ended();
    expect(first).toMatchObject({
      attributes: { 'error.type': code, 'upstream.calls': 1 },
      status: { code: status },
    });
    // A caller that shares the failure is linked to the failed read.
    const sharing = tracedRead(tracedCaller(), 'read', {}, () => Promise.reject(error));
    await expect(sharing).rejects.toBe(error);
    expect(ended()[0]?.links.map(({ context }) => context)).toEqual([first?.spanContext()]);
  });

  test.each(['text', 7, null, undefined])(
    'ends the span of a read that fails by %o, which is not an object',
    async (reason) => {
      const failed = tracedRead(tracedCaller(), 'read', {}, () => Promise.reject(reason));
      await expect(failed.catch((error: unknown) => [error])).resolves.toEqual([reason]);
      expect(ended()[0]).toMatchObject({ attributes: { 'error.type': 'CANCELLED' }, links: [] });
    },
  );
});

test('tracedRead without a trace passes the caller unchanged', async () => {
  const caller: Caller = { signal: new AbortController().signal };
  for (const one of [caller, undefined])
    expect(await tracedRead(one, 'read', {}, async (own) => ({ own }))).toEqual({ own: one });
});

test('callerOfShared has a signal of its own, and the counter and span of the first caller', () => {
  const first = tracedCaller({ deadlineAt: 5 as MonotonicMs, upstreamRequestIds: [] });
  const { signal } = new AbortController();
  const { calls, upstreamRequestIds, span } = first;
  expect(callerOfShared(first, signal)).toEqual({ signal, calls, upstreamRequestIds, span });
  expect(callerOfShared(first, signal).signal).toBe(signal);
  expect(callerOfShared(undefined, signal).signal).toBe(signal);
  expect(callerOfShared(undefined, signal).calls).toBeUndefined();
});

test('CallCounter counts for its parent too', () => {
  const request = new CallCounter();
  const read = new CallCounter(request);
  read.add();
  request.add();
  expect([read.count, request.count]).toEqual([1, 2]);
});

test('Freshness has the age of the oldest value', () => {
  const freshness = new Freshness();
  expect(freshness.oldestSentAt).toBe(Number.POSITIVE_INFINITY);
  for (const sentAt of [7, 3, 5]) freshness.used(sentAt as MonotonicMs);
  expect(freshness.oldestSentAt).toBe(3);
});
