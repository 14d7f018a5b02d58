import { describe, expect, test } from 'vitest';
import { CallBudget, CallBudgetSpent, type Calls } from '../../src/paging/call-budget.ts';

/** How many calls are left to spend, all of which it spends. */
function left(calls: Calls): number {
  for (let spent = 0; spent < 100; spent++)
    try {
      calls.spend();
    } catch (error) {
      expect(error).toBeInstanceOf(CallBudgetSpent);
      expect(error).toMatchObject({ name: 'CallBudgetSpent' });
      return spent;
    }
  return Number.POSITIVE_INFINITY;
}

describe('the budget of lists that are merged', () => {
  test.each([
    [5, 3],
    [3, 1],
    [2, 0],
    [1, 0],
    [0, 0],
  ])('of %i calls leaves %i beside one for each of two lists, which it always has', (calls, shared) => {
    expect(left(new CallBudget(calls, ['left', 'right'], true))).toBe(shared);
    const budget = new CallBudget(calls, ['left', 'right'], true);
    expect(left(budget.of('left'))).toBe(shared + 1);
    expect(left(budget.of('right'))).toBe(1);
  });

  test('gets the reserved call of a list back once, when that was read without it', () => {
    const budget = new CallBudget(2, ['left', 'right'], true);
    const list = budget.of('left');
    for (let times = 0; times < 2; times++) list.release();
    expect(left(budget)).toBe(1);
    expect(left(list)).toBe(0);
  });

  test('does not get back the reserved call of a list that has spent it', () => {
    const budget = new CallBudget(2, ['left', 'right'], true);
    const list = budget.of('left');
    list.spend();
    list.release();
    expect(left(budget)).toBe(0);
  });

  test('gets a refunded call back, for all lists', () => {
    const budget = new CallBudget(2, ['left', 'right'], true);
    budget.of('left').spend();
    budget.of('left').refund();
    expect(left(budget.of('right'))).toBe(2);
    budget.refund();
    expect(left(budget)).toBe(1);
  });
});

test.each([
  [5, 5],
  [1, 1],
  [0, 1],
])(
  'the budget of lists that are read one after the other, of %i calls, is %i calls for any of them',
  (calls, all) => {
    for (const list of ['left', 'right'])
      expect(left(new CallBudget(calls, ['left', 'right'], false).of(list))).toBe(all);
    const budget = new CallBudget(calls, ['left', 'right'], false);
    budget.of('left').release();
    expect(left(budget)).toBe(all);
  },
);
