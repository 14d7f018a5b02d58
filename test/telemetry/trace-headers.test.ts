import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { type OtlpReceiver, type Span, startReceiver } from './otlp-receiver.ts';

const TRACE = '12345678901234567890123456789012';
const SPAN = '1234567890123456';

let receiver: OtlpReceiver;
let gateway: GatewayUnderTest;
beforeAll(async () => {
  receiver = await startReceiver();
  gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
});
afterAll(async () => {
  for (const started of [gateway, receiver]) await started?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  receiver.spans.length = 0;
});

/** Span of a request with these headers. */
async function spanWith(headers: Record<string, string>, { origin } = gateway): Promise<Span | undefined> {
  await fetch(`${origin}/graphql?query=%7B__typename%7D`, { headers });
  return (await receiver.named('GET /graphql')).at(-1);
}

/** Cases of W3C's test suite. @see https://github.com/w3c/trace-context/blob/main/test/test.py */
test.each([
  `00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-03`,
  `cc-${TRACE}-${SPAN}-01`,
  `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`,
])('a request continues the trace of traceparent %s', async (traceparent) => {
  expect(await spanWith({ traceparent })).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
});

test.each([
  '',
  // Node joins repeated headers.
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01.`,
  `00-${TRACE}-${SPAN}-01-what-the-future-will-be-like`,
  `cc-${TRACE}-${SPAN}-01.what-the-future-will-not-be-like`,
  `ff-${TRACE}-${SPAN}-01`,
  `.0-${TRACE}-${SPAN}-01`,
  `000-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-.${TRACE.slice(1)}-${SPAN}-01`,
  `00-${TRACE}3-${SPAN}-01`,
  `00-${'ABCDEF'.padEnd(32, '1')}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN.slice(1)}.-01`,
  `00-${TRACE}-${SPAN}-.0`,
  `00-${TRACE}-${SPAN}-001`,
  `00-${TRACE}-${SPAN}-1`,
])('a request starts a new trace with traceparent %j', async (traceparent) => {
  const span = await spanWith({ traceparent });
  expect(span?.parentSpanId).toBeUndefined();
  expect(span?.traceId).not.toBe(TRACE);
});

test.each([
  ['foo=1', 'foo=1'],
  ['foo=1 \t , \t bar=2, \t baz=3', 'foo=1,bar=2,baz=3'],
  ['foo=1,', 'foo=1'],
  ['', ''],
  [`${'z'.repeat(256)}=1`, `${'z'.repeat(256)}=1`],
  ['FOO=1', ''],
  ['=1', ''],
  [`foo=${'1'.repeat(510)}`, ''],
])('a span keeps the valid part of tracestate %j', async (tracestate, expected) => {
  const span = await spanWith({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate });
  expect(span?.traceState).toBe(expected);
});

test.each([
  ['b3', { b3: `${TRACE}-${SPAN}-1` }],
  ['b3multi', { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' }],
  ['tracecontext,b3', { b3: `${TRACE}-${SPAN}-1` }],
  ['tracecontext', { traceparent: `00-${TRACE}-${SPAN}-01` }],
])(
  'OTEL_PROPAGATORS=%s makes a request continue the trace of those headers',
  async (propagators, headers) => {
    const otel = { OTEL_PROPAGATORS: propagators };
    await using other = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    expect(await spanWith(headers, other)).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
  },
);

test.each(['none', 'b3', 'baggage'])('OTEL_PROPAGATORS=%s ignores traceparent', async (propagators) => {
  const otel = { OTEL_PROPAGATORS: propagators };
  await using other = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
  expect((await spanWith({ traceparent: `00-${TRACE}-${SPAN}-01` }, other))?.parentSpanId).toBeUndefined();
});
