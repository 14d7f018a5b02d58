import type { ExecutionResult } from 'graphql';
import type { CostExtensions } from '../../limits/cost.ts';
import type { Subscriptions } from './subscriptions.ts';

/**
 * Results as the JSON that is sent. An error with which they end is a last result, because events have no other place for
 * one. Can be left at any time: an async generator could not, as long as it waits.
 *
 * @param told goes along with the first
 */
export function resultTexts(
  results: AsyncGenerator<ExecutionResult, void, void> | ExecutionResult,
  subscriptions: Pick<Subscriptions, 'shown' | 'shownErrors'>,
  told: CostExtensions | undefined,
): AsyncIterator<string, void> {
  const source = isStream(results) ? results : only(results);
  let extensions = told;
  let hasEnded = false;
  return {
    async next() {
      if (hasEnded) return { done: true, value: undefined };
      try {
        const { done, value } = await source.next();
        if (done) return { done: true, value: undefined };
        const shown = subscriptions.shown(value);
        const text = JSON.stringify(extensions === undefined ? shown : { ...shown, extensions });
        extensions = undefined;
        return { done: false, value: text };
      } catch (error) {
        hasEnded = true;
        return { done: false, value: JSON.stringify({ errors: subscriptions.shownErrors([error]) }) };
      }
    },
    async return() {
      hasEnded = true;
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}

function isStream(
  results: AsyncGenerator<ExecutionResult, void, void> | ExecutionResult,
): results is AsyncGenerator<ExecutionResult, void, void> {
  return Symbol.asyncIterator in results;
}

function only(result: ExecutionResult): AsyncIterator<ExecutionResult, void, void> {
  let isLeft = true;
  return {
    async next() {
      const done = !isLeft;
      isLeft = false;
      return done ? { done, value: undefined } : { done, value: result };
    },
  };
}
