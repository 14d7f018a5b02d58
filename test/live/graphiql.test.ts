import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { openTab, shown, visit } from '../graphiql/visit.ts';

test('GraphiQL shows a job changing its states, and the end of the stream', async () => {
  await using gateway = await startGateway();
  const { JobId } = gateway.emulator.insert('Basic', { Status: 'Initialization' });
  await using browser = await startChromium();
  await using context = await browser.newContext();
  const { page, complaints } = await visit(context, `${gateway.origin}/graphql`);
  await openTab(page, 'JobStatus');
  expect(await shown(page, 'variables')).toContain(JobId);
  const execute = page.locator('.graphiql-execute-button');
  const sees = (text: string) => expect.poll(() => shown(page, 'response')).toContain(text);
  // GraphiQL learns about 100 ms after opening a tab which operation is selected.
  await expect
    .poll(async () => {
      if ((await execute.getAttribute('aria-label'))?.startsWith('Execute')) await execute.click();
      return shown(page, 'response');
    })
    .toContain('"INITIALIZATION"');
  for (const Status of ['AudioDetecting', 'PreTraining', 'Training'] as const) {
    gateway.emulator.change(JobId, { Status });
    await sees(
      { AudioDetecting: '"AUDIO_DETECTING"', PreTraining: '"PRE_TRAINING"', Training: '"TRAINING"' }[Status],
    );
    expect(await execute.getAttribute('aria-label')).toMatch(/^Stop/);
  }
  gateway.emulator.change(JobId, { Status: 'Success' });
  await sees('"SUCCESS"');
  await expect.poll(() => execute.getAttribute('aria-label')).toMatch(/^Execute/);
  expect(complaints).toEqual([]);
});
