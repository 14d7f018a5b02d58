import type { BrowserContext, Page } from 'playwright-core';
import type { Answer } from '../gateway-under-test.ts';

/** A page of GraphiQL in a browser. */
export interface Visit {
  readonly page: Page;
  /** Exceptions, requests to other hosts, and warnings and errors of the browser console. */
  readonly complaints: readonly string[];
}

/** Opens an address in a new page and waits until queries can be run. */
export async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const complaints: string[] = [];
  const { origin } = new URL(url);
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`request to ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'warning' || message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await opened(page);
  return { page, complaints };
}

/** Waits until queries can be run. */
export async function opened(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
}

/** Titles of the tabs in their order, the open one in brackets. */
export async function tabTitles(page: Page): Promise<string[]> {
  const tabs = await page.getByRole('tab').all();
  return Promise.all(
    tabs.map(async (tab) => {
      const title = await tab.getByRole('button').first().textContent();
      return (await tab.getAttribute('aria-selected')) === 'true' ? `[${title}]` : `${title}`;
    }),
  );
}

/** Clicks a tab as a mouse does. */
export async function openTab(page: Page, title: string): Promise<void> {
  await page.getByTitle(title, { exact: true }).click();
  await page.locator(`[role=tab][aria-selected=true] [title="${title}"]`).waitFor();
}

/**
 * Presses play in the open tab and returns the response to the operation of this name. GraphiQL learns the name some
 * 100 ms after the tab was opened and runs the previous tab's operation until then, so it may have to be pressed again.
 */
export async function play(page: Page, operation: string): Promise<Answer> {
  const answer = page
    .waitForResponse((response) => !!response.request().postData()?.includes(`query ${operation}(`))
    .then((response) => response.json());
  const tooEarly = () => page.locator('.graphiql-response', { hasText: 'Cannot infer operation' }).waitFor();
  for (;;) {
    await page.locator('.graphiql-execute-button[aria-label^="Execute"]').click();
    const answered = await Promise.race([answer, tooEarly().catch(() => undefined)]);
    if (answered !== undefined) return answered;
  }
}

/** Text of an editor, as far as it is in view. */
export async function shown(page: Page, editor: 'query' | 'variables' | 'response'): Promise<string> {
  const inside = {
    query: '.graphiql-query-editor',
    variables: '[aria-label=Variables] .graphiql-editor:not(.hidden)',
    response: '.graphiql-response',
  };
  const lines = await page.locator(`${inside[editor]} .view-line`).allTextContents();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Text of the tabs in the browser's storage, where it is written half a second after a change. */
export async function remembered(page: Page): Promise<string> {
  return String(await page.evaluate(`localStorage.getItem('voice-jobs:graphiql:tabState')`));
}
