import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { jobRows } from '../console/table-under-test.ts';
import { visitConsole } from '../console/visit-console.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

/** A test of the deployed console: with keys, trusted documents only, in production. */
export function showsTheConsole(built: () => BuiltPackage): void {
  test('shows the console to a user with a key, including a job and the charts', async () => {
    const key = randomBytes(24).toString('base64url');
    await using gateway = runBundle(built().folder, {
      NODE_ENV: 'production',
      IMS_UPSTREAM: 'emulator',
      CONSOLE: 'on',
      AUTH_API_KEYS: `web:${key}`,
      TRUSTED_DOCUMENTS: 'only',
    });
    await using browser = await startChromium();
    await using visit = await visitConsole(browser, await gateway.origin, { failuresExpected: true });
    const { page } = visit;
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await jobRows(page).first().click();
    await page.getByRole('dialog').getByRole('heading').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'Charts' }).click();
    await page.getByRole('figure').first().waitFor();
    expect(visit.complaints).toEqual([]);
  });
}
