import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { send } from '../answers/asking.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

const TOTAL = '{"query":"{ customizedVoiceJobs { totalCount } }"}';

async function expectJobs(gateway: GatewayProcess): Promise<void> {
  const at = { origin: await gateway.origin } as GatewayUnderTest;
  const { text } = await send(at, 'POST', '/graphql', { 'content-type': 'application/json' }, TOTAL);
  expect(JSON.parse(text)).toEqual({ data: { customizedVoiceJobs: { totalCount: 271 } } });
}

/** Tests of the files next to the bundle, and of those that it does not need. */
export function beginsAnywhere(built: () => BuiltPackage): void {
  test('runs from its single file', async () => {
    const folder = built().newFolder();
    copyFileSync(join(built().folder, 'gateway.js'), join(folder, 'gateway.js'));
    await using gateway = runBundle(folder, {});
    await expectJobs(gateway);
  });

  test('starts without tracing.js although tracing is configured, and logs that tracing is off', async () => {
    const folder = built().newFolder();
    copyFileSync(join(built().folder, 'gateway.js'), join(folder, 'gateway.js'));
    await using gateway = runBundle(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    await expectJobs(gateway);
    expect(gateway.output.stdout).toContain('"tracing could not be started, continuing without it"');
    expect(gateway.output.stdout).toContain('tracing.js');
  });

  test('has no console without its folder, and reports that if CONSOLE=on', async () => {
    const folder = built().newFolder();
    copyFileSync(join(built().folder, 'gateway.js'), join(folder, 'gateway.js'));
    const missing = 'The folder `console` of the package must be next to gateway.js';
    await using without = runBundle(folder, {});
    expect((await fetch(`${await without.origin}/console`)).status).toBe(404);
    expect(without.output.stdout).toContain(`"no console at /console: ${missing}"`);
    await using refused = runBundle(folder, { CONSOLE: 'on' });
    expect(await refused.ended).toBe(1);
    expect(refused.output.stderr).toContain(`CONSOLE=on, but the console is not built. ${missing}.`);
  });

  test('can be packed, installed without a network, and started by its name', async () => {
    const folder = built().newFolder();
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    };
    const npm = (...args: string[]) => execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8' });
    const packed = npm('pack', built().folder, '--silent').trim();
    writeFileSync(join(folder, 'package.json'), '{}');
    npm('install', join(folder, packed), '--offline', '--silent');
    const program = join(folder, 'node_modules/.bin/voice-jobs-gateway');
    const PATH = dirname(process.execPath);
    const help = execFileSync(program, ['--help'], { cwd: folder, env: { PATH }, encoding: 'utf8' });
    expect(help).toMatch(/^Usage: voice-jobs-gateway \[--help\]\n/);
    await using gateway = runGateway({}, [], { node: [program], folder });
    await expectJobs(gateway);
  });

  test('refers to its own help in messages', async () => {
    await using gateway = runBundle(built().folder, { PORT: 'x' });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toContain(
      '\nRun `voice-jobs-gateway --help` for a description of every variable.\n',
    );
  });

  test('names source files and lines in a stack with --enable-source-maps', async () => {
    const folder = built().newFolder();
    const probe = join(folder, 'probe.mjs');
    writeFileSync(probe, 'process.stderr.write = () => process.stdout.write(new Error("here").stack);');
    const options = ['--enable-source-maps', '--import', probe];
    await using gateway = runBundle(built().folder, {}, ['--no-such-option'], options);
    await gateway.ended;
    const [, file = '', line] = /at fail \((.+):(\d+):\d+\)/.exec(gateway.output.stdout) ?? [];
    expect(file).toMatch(/\/src\/main\.ts$/);
    const lines = readFileSync(join(import.meta.dirname, '../../src/main.ts'), 'utf8').split('\n');
    expect(lines[Number(line) - 1]).toContain('process.stderr.write(');
  });

  test('contains the license of every bundled package', () => {
    const { sources } = JSON.parse(readFileSync(join(built().folder, 'gateway.js.map'), 'utf8'));
    const folders = (sources as string[])
      // Packages are linked into the folder of the build, so their paths lead out of it.
      .map((source) => /\bnode_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(source)?.[0])
      .filter((folder) => folder !== undefined);
    const text = readFileSync(join(built().folder, 'THIRD_PARTY_LICENSES.txt'), 'utf8');
    expect(folders.length).toBeGreaterThan(50);
    const ofPages = ['@graphql-yoga/render-graphiql', 'react', 'react-dom', '@apollo/client'];
    for (const folder of new Set([...folders, ...ofPages.map((name) => `node_modules/${name}`)])) {
      const at = join(import.meta.dirname, '../..', folder);
      const { name, version } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
      expect(text).toContain(`\n${name} ${version}\nLicense: `);
      if (existsSync(join(at, 'LICENSE')))
        expect(text).toContain(readFileSync(join(at, 'LICENSE'), 'utf8').trim());
    }
  });
}
