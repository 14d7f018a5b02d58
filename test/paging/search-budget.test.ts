import { expect, test } from 'vitest';
import {
  SEARCH_CALLS_PER_LIST,
  SearchBudget,
  SearchBudgetSpent,
  withinBudget,
} from '../../src/paging/realign/search-budget.ts';

test('a search budget pays for so many calls and rejects the next one', () => {
  const budget = new SearchBudget();
  for (let call = 0; call < SEARCH_CALLS_PER_LIST; call++) budget.take();
  expect(() => budget.take()).toThrow(SearchBudgetSpent);
  expect(() => budget.take()).toThrow(SearchBudgetSpent);
});

test('a search budget pays once more for a call that was returned', () => {
  const budget = new SearchBudget();
  for (let call = 0; call < SEARCH_CALLS_PER_LIST; call++) budget.take();
  budget.refund();
  budget.take();
  expect(() => budget.take()).toThrow(SearchBudgetSpent);
});

test('a read that the budget pays gives its value, one that it does not pay gives undefined', async () => {
  expect(await withinBudget(async () => 'rows')).toBe('rows');
  expect(await withinBudget(() => Promise.reject(new SearchBudgetSpent()))).toBeUndefined();
});

test('a read that fails for another reason than the budget fails with that', async () => {
  await expect(withinBudget(() => Promise.reject(new TypeError('no page')))).rejects.toThrow(
    new TypeError('no page'),
  );
});

test('a spent search budget is an error with its own name', () => {
  expect(new SearchBudgetSpent().name).toBe('SearchBudgetSpent');
});
