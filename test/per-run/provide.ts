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
    /** URL of the server that test/per-run/provide.ts starts; see {@link PerRun}. */
    perRun: string;
  }
}

/** Resources that the test files of one run share because they take seconds to create. Created on first request. */
export interface PerRun {
  /** Folder of the built console. */
  console: string;
  /** WebSocket endpoint of a Chromium for Playwright. The argument is the program's path. */
  chromium: string;
  /** Folder of the package, built as in the image: no other package can be resolved from there. */
  package: string;
}

const root = join(import.meta.dirname, '../..');

/** Arguments of Chromium. */
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
 * Global setup: listens on a loopback port and responds to `GET /<name in PerRun>?<argument>` with the resource, created at
 * most once. If the creation failed, every request gets status 500 with the reason as text.
 *
 * @returns removes all that was created
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
