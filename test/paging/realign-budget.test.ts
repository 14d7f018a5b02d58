import { expect, test } from 'vitest';
import {
  REALIGN_CALLS_PER_LIST,
  RealignBudget,
  RealignBudgetSpent,
  withinBudget,
} from '../../src/paging/realign/realign-budget.ts';

test('a search budget pays for so many calls and rejects the next one', () => {
  const budget = new RealignBudget();
  for (let call = 0; call < REALIGN_CALLS_PER_LIST; call++) budget.spend();
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
});

test('a search budget pays once more for a call that was returned', () => {
  const budget = new RealignBudget();
  for (let call = 0; call < REALIGN_CALLS_PER_LIST; call++) budget.spend();
  budget.refund();
  budget.spend();
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
});

test('a read that the budget pays gives its value, one that it does not pay gives undefined', async () => {
  expect(await withinBudget(async () => 'rows')).toBe('rows');
  expect(await withinBudget(() => Promise.reject(new RealignBudgetSpent()))).toBeUndefined();
});

test('a read that fails for another reason than the budget fails with that', async () => {
  await expect(withinBudget(() => Promise.reject(new TypeError('no page')))).rejects.toThrow(
    new TypeError('no page'),
  );
});

test('a spent search budget is an error with its own name', () => {
  expect(new RealignBudgetSpent().name).toBe('RealignBudgetSpent');
});
