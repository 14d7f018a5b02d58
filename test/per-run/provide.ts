import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { BrowserServer } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { buildAsInImage } from '../packaging/image-build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the server that test/per-run/provide.ts starts; see {@link PerRun}. */
    perRun: string;
  }
}

/** What test files share in one run because it takes seconds to make. Made when the first of them asks. */
export interface PerRun {
  /** Folder of the built console. */
  console: string;
  /** WebSocket endpoint of a Chromium, to connect to with Playwright. Takes the file of the program. */
  chromium: string;
  /** Folder of the package, built as the image builds it: no other package is in reach from there. */
  package: string;
}

const root = join(import.meta.dirname, '../..');

/** What Chromium is started with. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Global setup: listens on a loopback port and answers `GET /<name of a member of PerRun>?<argument>` with the value, which it
 * makes at most once. What could not be made is answered with status 500 and the reason as text, to each file that asks.
 *
 * @returns ends and removes all that was made
 */
export default async function provide(project: TestProject): Promise<() => Promise<void>> {
  let folder: string | undefined;
  let image: string | undefined;
  let browser: BrowserServer | undefined;
  const make: { readonly [Name in keyof PerRun]: (argument: string) => Promise<string> } = {
    async console() {
      folder = await mkdtemp(join(tmpdir(), 'voice-jobs-console-'));
      await promisify(execFile)(process.execPath, ['tools/packaging/console/main.ts', folder], { cwd: root });
      return folder;
    },
    async chromium(executablePath) {
      const { chromium } = await import('playwright-core');
      browser = await chromium.launchServer({ executablePath, host: '127.0.0.1', args: CHROMIUM_ARGS });
      return browser.wsEndpoint();
    },
    async package() {
      const { folder, built } = await buildAsInImage();
      image = folder;
      return built;
    },
  };
  const made = new Map<string, Promise<string>>();
  const server = createServer(async ({ url = '' }, response) => {
    const [path = '', argument = ''] = url.slice(1).split('?');
    const name = path as keyof PerRun;
    const value = made.get(name) ?? make[name](decodeURIComponent(argument));
    made.set(name, value);
    try {
      response.end(await value);
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('perRun', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    await Promise.allSettled(made.values());
    await browser?.close();
    for (const made of [folder, image]) if (made !== undefined) await rm(made, { recursive: true });
    server.closeAllConnections();
    server.close();
  };
}
