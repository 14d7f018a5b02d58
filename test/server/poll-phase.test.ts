import { expect, test } from 'vitest';
import { afterPollPhase } from '../../src/server/graphql/response.ts';

test('responses of one poll phase are written together, in order, before those of the next phase', async () => {
  const order: string[] = [];
  const wait = async (name: string) => {
    await afterPollPhase();
    order.push(name);
  };
  const first = afterPollPhase();
  const waits = [wait('a'), wait('b')];
  expect(afterPollPhase()).toBe(first);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  order.push('still this phase');
  await Promise.all(waits);
  expect(order).toEqual(['still this phase', 'a', 'b']);
  expect(afterPollPhase()).not.toBe(first);
});
