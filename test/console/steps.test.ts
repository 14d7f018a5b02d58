import { expect, test } from 'vitest';
import { progressOf, STEPS } from '../../console/src/status/steps.ts';

const marks = (...args: Parameters<typeof progressOf>) => progressOf(...args).marks.map(({ mark }) => mark);

test('a running status has earlier steps done and later steps pending', () => {
  expect(STEPS.map((step) => marks(step))).toEqual([
    ['current', 'pending', 'pending', 'pending', 'pending'],
    ['done', 'current', 'pending', 'pending', 'pending'],
    ['done', 'done', 'current', 'pending', 'pending'],
    ['done', 'done', 'done', 'current', 'pending'],
    ['done', 'done', 'done', 'done', 'done'],
  ]);
});

test('a failure is placed in the last step seen before it', () => {
  expect(progressOf('FAIL', ['INITIALIZATION', 'AUDIO_DETECTING', 'FAIL'])).toMatchObject({
    failedIn: 'AUDIO_DETECTING',
  });
  expect(marks('FAIL', ['AUDIO_DETECTING', null, 'FAIL'])).toEqual([
    'done',
    'failed',
    'pending',
    'pending',
    'pending',
  ]);
});

test('a failure without a step seen before is placed in no step', () => {
  expect(progressOf('FAIL', [])).toMatchObject({ failedIn: undefined });
  expect(new Set(marks('FAIL', ['FAIL']))).toEqual(new Set(['unknown']));
});

test('an unknown status leaves every step unknown', () => {
  expect(new Set(marks(null, ['TRAINING', null]))).toEqual(new Set(['unknown']));
});
