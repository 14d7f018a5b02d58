import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { startEmulator } from '../../../emulator/emulator.ts';
import { requirePart } from '../../../test/parts/programs.ts';
import { freePort, run } from '../processes.ts';
import { firstView } from './first-view.ts';
import { type Frames, scrollThrough } from './scroll.ts';

/**
 * Measures what the console costs the browser: bytes and time of its first view, and frame times of a scroll through ten
 * thousand jobs. Requires Chromium.
 */

const JOBS = 10_000;
/** Scroll distance per frame in pixels: about three rows of 56 pixels. */
const STEP = 180;
const VIEWPORT = { width: 1440, height: 900 };
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
/** Removes the frame rate limit, so that frame times show the work and not the screen's refresh interval. */
const UNLIMITED = ['--disable-frame-rate-limit', '--disable-gpu-vsync'];

const root = join(import.meta.dirname, '../../..');
const executablePath = requirePart('chromium');
const launch = (args: readonly string[]) => chromium.launch({ executablePath, args: [...ARGS, ...args] });

const say = (line: string) => process.stdout.write(`${line}\n`);
const ms = (value: number) => value.toFixed(1).padStart(7);

execFileSync('npm', ['run', 'build:console'], { cwd: root, stdio: 'ignore' });
const emulator = await startEmulator({ basicCount: JOBS, stepMs: 0, recordCalls: false });
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
await using gateway = run({
  command: process.execPath,
  args: ['src/main.ts'],
  folder: root,
  env: {
    PORT: String(port),
    CONSOLE: 'on',
    TRUSTED_DOCUMENTS: 'only',
    IMS_ENDPOINT: emulator.endpoint,
    IMS_MAX_REQUESTS_PER_SECOND: '1000',
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
  },
});
for (let tries = 0; ; tries++) {
  const isReady = await fetch(`${origin}/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isReady) break;
  if (tries === 100) throw new Error(`the gateway does not start: ${gateway.ended()}`);
  await delay(100);
}

const first = await launch([]);
const views = [];
for (let run = 0; run < 5; run++) views.push(await firstView(first, origin));
const view = views.toSorted((a, b) => a.interactiveMs - b.interactiveMs)[2];
if (view !== undefined) {
  const { plain, gzip, brotli } = view.bytes;
  say(`first view: ${view.files} files, ${plain} bytes, gzip ${gzip}, brotli ${brotli}`);
  say(
    `the first job can be opened after ${ms(view.interactiveMs)} ms, median of 5, ${view.longTasks} long tasks`,
  );
}
await first.close();

const COLUMNS = ['frames', 'median', 'p95', 'p99', 'longest'];
say(`\nscrolling ${JOBS} jobs, ${STEP} px a frame; ms${COLUMNS.map((name) => name.padStart(8)).join('')}`);
const tell = (what: string, { count, median, p95, p99, longest, seconds, unknownRows }: Frames) => {
  const figures = [median, p95, p99, longest].map(ms).join(' ');
  say(
    `${what.padEnd(38)} ${String(count).padStart(7)} ${figures}   ${seconds.toFixed(1)} s, ${unknownRows} rows not read`,
  );
};
for (const [name, args] of [
  ['as fast as it goes', UNLIMITED],
  ['60 frames a second', []],
] as const) {
  const browser = await launch(args);
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(`${origin}/console`);
  await page.locator('[role="row"][data-id]').first().waitFor();
  tell(`${name}, down, reading`, await scrollThrough(page, STEP));
  tell(`${name}, up again`, await scrollThrough(page, -STEP));
  await browser.close();
}
await emulator.close();
