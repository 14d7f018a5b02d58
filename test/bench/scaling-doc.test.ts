import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { markdown } from '../../tools/bench/report/table.ts';
import { CONSTANTS, liveExamples, pageExamples } from '../../tools/bench/scale/examples.ts';
import {
  callsPerSecond,
  type Installation,
  messageBytesPerSecond,
  messagesPerSecond,
  pageBytesPerSecond,
  scriptsPerSecond,
} from '../../tools/bench/scale/model.ts';

const doc = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');

test('the tables of docs/scaling.md match the formulas', () => {
  expect(doc).toContain(markdown(pageExamples()));
  expect(doc).toContain(markdown(liveExamples()));
});

test('the constants of docs/scaling.md match those of its list', () => {
  const { pageBytes, heldBytes, scriptMicros, deliveryMicros, stateBytes, interestBytesOfJob } = CONSTANTS;
  for (const [name, value] of [
    ['page', `${pageBytes / 1000} kB`],
    ['held', `${heldBytes / 1000} kB`],
    ['script', `${scriptMicros} µs`],
    ['delivery', `${deliveryMicros} µs`],
    ['state', `${stateBytes} B`],
    ['interest', `${interestBytesOfJob} B`],
    ['reader', `${CONSTANTS.readerMicrosOfJob} µs`],
    ['job', `${CONSTANTS.jobBytes / 1000} kB`],
  ] as const)
    expect(doc).toMatch(new RegExp(`^\\| \\*${name}\\*.* \\| ${value} \\|`, 'm'));
});

describe('the formulas of docs/scaling.md', () => {
  const installation: Installation = { replicas: 3, pages: 40, ttlMs: 2000, latencyMs: 50 };

  test('calculate upstream calls independently of the number of replicas, and no more than sequential reads', () => {
    expect(callsPerSecond(installation)).toBe(20);
    expect(callsPerSecond({ ...installation, replicas: 1000 })).toBe(20);
    expect(callsPerSecond({ ...installation, ttlMs: 100, latencyMs: 400 })).toBe(100);
  });

  test('calculate scripts: a look-up per replica, four polls per waiting replica in 50 ms, a slot, a store, and heartbeats', () => {
    expect(scriptsPerSecond(installation)).toBe(20 * (3 + 2 * 4 + 2) + 1.5);
    expect(scriptsPerSecond({ ...installation, replicas: 1 })).toBe(20 * (1 + 2) + 0.5);
    expect(pageBytesPerSecond(installation, 5000)).toBe(20 * 3 * 5000);
  });

  test('calculate messages: each change to all replicas, interests to the leader', () => {
    const watching = { replicas: 3, jobsEach: 10, changes: 2 };
    expect(messagesPerSecond(watching)).toBe(3 + 3 * 2 + 2);
    expect(messageBytesPerSecond(watching, { stateBytes: 400, interestBytesOfJob: 30 })).toBe(2400 + 600);
  });
});
