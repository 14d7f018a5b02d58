import { describe, expect, test } from 'vitest';
import { newSpanId, newTraceId } from '../../src/telemetry/trace/ids.ts';
import { isSampled, SAMPLERS, samplingOf } from '../../src/telemetry/trace/sampler.ts';
import {
  readTraceparent,
  readTracestate,
  writeTraceparent,
} from '../../src/telemetry/trace/trace-context.ts';
import { fc } from '../runs.ts';

const TRACE = '12345678901234567890123456789012';
const SPAN = '1234567890123456';

/** The cases of W3C's own test suite. @see https://github.com/w3c/trace-context/blob/main/test/test.py */
describe('traceparent', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
  ])('%s is read', (header, isSampled) => {
    expect(readTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  test.each([
    undefined,
    '',
    // What Node makes of a header that is sent twice.
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01.`,
    `00-${TRACE}-${SPAN}-01-what-the-future-will-be-like`,
    `cc-${TRACE}-${SPAN}-01.what-the-future-will-not-be-like`,
    `ff-${TRACE}-${SPAN}-01`,
    `.0-${TRACE}-${SPAN}-01`,
    `0.-${TRACE}-${SPAN}-01`,
    `000-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-.${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}3-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${'ABCDEF'.padEnd(32, '1')}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN.slice(1)}.-01`,
    `00-${TRACE}-${SPAN}7-01`,
    `00-${TRACE}-${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN}-.0`,
    `00-${TRACE}-${SPAN}-001`,
    `00-${TRACE}-${SPAN}-1`,
  ])('%s is none', (header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });

  test('what is written is read as the same', () => {
    const id = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
    const parent = fc.record({ traceId: id(32), spanId: id(16), isSampled: fc.boolean() });
    fc.assert(
      fc.property(parent, (given) => {
        fc.pre(/[^0]/.test(given.traceId) && /[^0]/.test(given.spanId));
        expect(readTraceparent(writeTraceparent(given))).toEqual(given);
      }),
    );
  });

  test('no header can make it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (parent, state) => {
        readTraceparent(parent);
        readTracestate(state);
      }),
    );
  });
});

describe('tracestate', () => {
  test.each([
    ['foo=1', 'foo=1'],
    ['foo=1 \t , \t bar=2, \t baz=3', 'foo=1,bar=2,baz=3'],
    [['foo=1', 'bar=2'], 'foo=1,bar=2'],
    ['foo=1,', 'foo=1'],
    ['', ''],
    [undefined, ''],
    [
      't@v=1,abcdefghijklmnopqrstuvwxyz0123456789_-*/=!~ x',
      't@v=1,abcdefghijklmnopqrstuvwxyz0123456789_-*/=!~ x',
    ],
    [`${'z'.repeat(256)}=1`, `${'z'.repeat(256)}=1`],
    [
      Array.from({ length: 32 }, (_, i) => `b${i}=1`).join(','),
      Array.from({ length: 32 }, (_, i) => `b${i}=1`).join(','),
    ],
  ])('%j is passed on', (header, passedOn) => {
    expect(readTracestate(header)).toBe(passedOn);
  });

  test.each([
    'foo =1',
    'FOO=1',
    'foo.bar=1',
    '@foo=1,bar=2',
    'foo=bar=baz',
    'foo=,bar=3',
    'foo',
    '=1',
    'foo=ä',
    `${'z'.repeat(257)}=1`,
    Array.from({ length: 33 }, (_, i) => `b${i}=1`).join(','),
    `foo=${'1'.repeat(510)}`,
  ])('%j is dropped as a whole', (header) => {
    expect(readTracestate(header)).toBe('');
  });
});

test('ids are random, and never zero', () => {
  const ids = Array.from({ length: 2000 }, () => [newTraceId(), newSpanId()] as const);
  expect(new Set(ids.flat()).size).toBe(4000);
  for (const [traceId, spanId] of ids)
    expect(readTraceparent(`00-${traceId}-${spanId}-01`)).toMatchObject({ traceId, spanId });
});

describe('a sampler', () => {
  const recorded = { traceId: TRACE, spanId: SPAN, isSampled: true };
  const notRecorded = { ...recorded, isSampled: false };

  test.each([
    ['always_on', true, true, true],
    ['always_off', false, false, false],
    ['parentbased_always_on', true, true, false],
    ['parentbased_always_off', false, true, false],
  ] as const)('%s', (name, alone, withRecorded, withNotRecorded) => {
    const sampling = samplingOf(name, 1);
    expect(isSampled(sampling, TRACE, undefined)).toBe(alone);
    expect(isSampled(sampling, TRACE, recorded)).toBe(withRecorded);
    expect(isSampled(sampling, TRACE, notRecorded)).toBe(withNotRecorded);
  });

  test('of a ratio takes that part of traces, and each the same everywhere', () => {
    const ids = Array.from({ length: 20_000 }, newTraceId);
    for (const ratio of [0, 0.1, 0.5, 1]) {
      const taken = ids.filter((id) => isSampled(samplingOf('traceidratio', ratio), id, undefined));
      expect(Math.abs(taken.length / ids.length - ratio)).toBeLessThan(0.02);
      // More of a ratio means those and others.
      const more = samplingOf('parentbased_traceidratio', Math.min(1, ratio + 0.2));
      expect(taken.every((id) => isSampled(more, id, undefined))).toBe(true);
    }
    expect(isSampled(samplingOf('traceidratio', 0), 'f'.repeat(32), undefined)).toBe(false);
    expect(isSampled(samplingOf('traceidratio', 1), `${'1'.repeat(18)}${'0'.repeat(14)}`, undefined)).toBe(
      true,
    );
  });

  test('of a ratio leaves to who began a trace what becomes of it', () => {
    const sampling = samplingOf('parentbased_traceidratio', 0);
    expect([recorded, notRecorded].map((parent) => isSampled(sampling, TRACE, parent))).toEqual([
      true,
      false,
    ]);
  });

  test('is known by its usual names', () => {
    expect(SAMPLERS).toHaveLength(6);
  });
});
