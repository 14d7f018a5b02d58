import { expect, test } from 'vitest';
import { progressOf, STEPS } from '../../console/src/status/steps.ts';

const marks = (...args: Parameters<typeof progressOf>) => progressOf(...args).marks.map(({ mark }) => mark);

test('each state on the way has what lies behind it done and what lies ahead to come', () => {
  expect(STEPS.map((step) => marks(step))).toEqual([
    ['current', 'ahead', 'ahead', 'ahead', 'ahead'],
    ['done', 'current', 'ahead', 'ahead', 'ahead'],
    ['done', 'done', 'current', 'ahead', 'ahead'],
    ['done', 'done', 'done', 'current', 'ahead'],
    ['done', 'done', 'done', 'done', 'done'],
  ]);
});

test('a failure stands in the last step that was seen before it', () => {
  expect(progressOf('FAIL', ['INITIALIZATION', 'AUDIO_DETECTING', 'FAIL'])).toMatchObject({
    failedIn: 'AUDIO_DETECTING',
  });
  expect(marks('FAIL', ['AUDIO_DETECTING', null, 'FAIL'])).toEqual([
    'done',
    'failed',
    'ahead',
    'ahead',
    'ahead',
  ]);
});

test('a failure that nobody saw coming stands in no step', () => {
  expect(progressOf('FAIL', [])).toMatchObject({ failedIn: undefined });
  expect(new Set(marks('FAIL', ['FAIL']))).toEqual(new Set(['unsaid']));
});

test('of a state that has no name here nothing is said', () => {
  expect(new Set(marks(null, ['TRAINING', null]))).toEqual(new Set(['unsaid']));
});
