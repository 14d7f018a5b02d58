import { expect, test } from 'vitest';
import {
  REALIGN_CALLS_PER_LIST,
  RealignBudget,
  RealignBudgetSpent,
  withinBudget,
} from '../../src/paging/realign/realign-budget.ts';

test('RealignBudget allows the configured number of calls and rejects the next one', () => {
  const budget = new RealignBudget();
  for (let call = 0; call < REALIGN_CALLS_PER_LIST; call++) budget.spend();
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
});

test('RealignBudget allows another call after a refund', () => {
  const budget = new RealignBudget();
  for (let call = 0; call < REALIGN_CALLS_PER_LIST; call++) budget.spend();
  budget.refund();
  budget.spend();
  expect(() => budget.spend()).toThrow(RealignBudgetSpent);
});

test('withinBudget returns the value of a read, and undefined if the budget is spent', async () => {
  expect(await withinBudget(async () => 'rows')).toBe('rows');
  expect(await withinBudget(() => Promise.reject(new RealignBudgetSpent()))).toBeUndefined();
});

test('withinBudget rethrows every other error', async () => {
  await expect(withinBudget(() => Promise.reject(new TypeError('no page')))).rejects.toThrow(
    new TypeError('no page'),
  );
});

test('RealignBudgetSpent has its own error name', () => {
  expect(new RealignBudgetSpent().name).toBe('RealignBudgetSpent');
});
