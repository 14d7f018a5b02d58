import { expect, test } from 'vitest';
import { endOfTurn } from '../../src/server/http/write-batching.ts';

test('what waits in one turn of the event loop goes on together, in the order of coming, and the next turn is another', async () => {
  const order: string[] = [];
  const wait = async (name: string) => {
    await endOfTurn();
    order.push(name);
  };
  const first = endOfTurn();
  const waits = [wait('a'), wait('b')];
  expect(endOfTurn()).toBe(first);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  order.push('still this turn');
  await Promise.all(waits);
  expect(order).toEqual(['still this turn', 'a', 'b']);
  expect(endOfTurn()).not.toBe(first);
});
