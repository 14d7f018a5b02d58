import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { startChromium } from './chromium.ts';
import { type Relay, startRelay } from './relay.ts';
import { play, shown, visit } from './visit.ts';

test('a first visit transfers at most 3.5 MB, a second one at most 0.3 MB', async () => {
  await using gateway = await startGateway();
  await using relay = await startRelay(gateway.origin);
  await using browser = await startChromium();
  await using context = await browser.newContext();

  const bytesOfVisit = async () => {
    const before = relay.bytesReceived;
    const { page } = await visit(context, `${relay.origin}/graphql`);
    await play(page, 'FirstPage');
    await expect.poll(() => shown(page, 'response')).toContain('totalCount');
    await quiet(relay);
    await page.close();
    return relay.bytesReceived - before;
  };

  const first = await bytesOfVisit();
  // A smaller number would mean that something was not counted, or that GraphiQL came from elsewhere.
  expect(first).toBeGreaterThan(1_500_000);
  expect(first).toBeLessThanOrEqual(3_500_000);
  const second = await bytesOfVisit();
  expect(second).toBeGreaterThan(1000);
  expect(second).toBeLessThanOrEqual(300_000);
});

/**
 * Waits until no byte has arrived for half a second. (The browser's own "network idle" never fires for cached workers.)
 */
async function quiet(relay: Relay): Promise<void> {
  for (let before = -1; before !== relay.bytesReceived; ) {
    before = relay.bytesReceived;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
