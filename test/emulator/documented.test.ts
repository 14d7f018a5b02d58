import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NAMED_FAULTS } from '../../emulator/fault-endpoint.ts';
import { pathWithCurl } from '../parts/script.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';
import { type EmulatorRun, runEmulator } from './emulator-run.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/emulator.md'), 'utf8');

/** The shell command blocks below a heading. */
const commandsOf = (heading: string): string[] =>
  [...sectionOf(heading).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);

/** Cells of the table below a heading, without its two header lines. */
const rowsOf = (heading: string): string[][] =>
  sectionOf(heading)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()));

function sectionOf(heading: string): string {
  const start = page.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`docs/emulator.md has no section "${heading}"`);
  const end = page.indexOf('\n## ', start + 1);
  return page.slice(start, end === -1 ? undefined : end);
}

const codeIn = (cell: string | undefined) => /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';

/** The variables that a command of the page sets before `npm start`. */
async function variablesIn(commands: string): Promise<Record<string, string>> {
  const names = [...commands.matchAll(/(\w+)=/g)].map(([, name]) => String(name));
  const script = `${commands.replace('npm start', '').trim()} env`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: { PATH: process.env.PATH } });
  const pairs = stdout.split('\n').map((line) => line.split(/=(.*)/s));
  return Object.fromEntries(pairs.filter(([name = '']) => names.includes(name)));
}

/**
 * Runs commands of the page with the addresses of this test; returns their output. @param env variables in addition to PATH
 */
async function printed(commands: string, env: Record<string, string> = {}): Promise<string> {
  const script = commands.replaceAll('http://127.0.0.1:4010', emulator.endpoint).replaceAll(GATEWAY, origin);
  const { stdout } = await promisify(execFile)('sh', ['-euc', script], {
    env: { PATH: pathWithCurl(), ...env },
  });
  return stdout;
}

/** Runs commands of the page with a media type; returns code and HTTP status of the last response. */
async function lastResponse(commands: string, accept: string) {
  const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-curl-'));
  writeFileSync(
    join(folder, '.curlrc'),
    `header = "accept: ${accept}"\nwrite-out = "\\nHTTP %{http_code}\\n"\n`,
  );
  const output = await printed(commands, { CURL_HOME: folder });
  rmSync(folder, { recursive: true });
  return { code: lastCode(output), status: /.*^HTTP (\d+)$/ms.exec(output)?.[1] };
}

/** HTTP statuses of a code in docs/errors.md, for `application/json` and `application/graphql-response+json`. */
function documentedStatuses(code: string): [string, string] {
  const errors = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const [, first = '', second = first] =
    new RegExp(`^\\| \`${code}\` \\| (\\d+)(?:, (\\d+))? \\|`, 'm').exec(errors) ?? [];
  return [first, second];
}

/** Code of the last response in an output. */
const lastCode = (printed: string) => /.*"code":"(\w+)"/s.exec(printed)?.[1];

/** The response of the page's query without a fault. */
const TOTAL = '{"data":{"customizedVoiceJobs":{"totalCount":271}}}';

const GATEWAY = 'http://127.0.0.1:4000';

let emulator: EmulatorRun;
let origin: string;

/** Running gateways by their additional variables. */
const gateways = new Map<string, GatewayProcess>();

/** Selects the gateway for the next commands. @param variables in addition to those of the page, in shell syntax */
async function useGateway(variables: string): Promise<void> {
  const [, commands = ''] = commandsOf('Run it alone');
  const env = { ...(await variablesIn(commands)), ...(variables && (await variablesIn(variables))) };
  const gateway = gateways.get(variables) ?? runGateway({ ...env, IMS_ENDPOINT: emulator.endpoint });
  gateways.set(variables, gateway);
  origin = await gateway.origin;
}

beforeAll(async () => {
  emulator = await runEmulator(['--port', '0']);
});
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway[Symbol.asyncDispose]();
  await emulator?.end();
});

describe('docs/emulator.md', () => {
  test('lists every fault with its error code', () => {
    const listed = rowsOf('Errors of the upstream').map((cells) => [codeIn(cells[1]), codeIn(cells[3])]);
    expect(listed).toEqual([...NAMED_FAULTS].map(([name, { code }]) => [name, code]));
    expect(listed.length).toBeGreaterThan(4);
  });

  test.each([...NAMED_FAULTS])(
    'has commands that produce the code of the fault %s',
    async (name, { code }) => {
      // A new gateway, because it would honour the Retry-After of an earlier fault.
      await useGateway(name === 'throttled' ? 'NO_COLOR=1' : '');
      const [provoke = '', lift = ''] = commandsOf('Errors of the upstream');
      expect(await printed(provoke.split('\n')[1] ?? '')).toBe(TOTAL);
      const commands = provoke.replace('throttled', name);
      const [status] = documentedStatuses(code);
      expect(await lastResponse(commands, 'application/json')).toEqual({ code, status });
      expect(await printed(lift)).toMatch(/"active": null.*"active": null/s);
    },
  );

  test('has a command for a fault of a single call, which the gateway retries', async () => {
    await useGateway('');
    const [, once = ''] = /`(curl [^`]+times=1')`/.exec(sectionOf('Errors of the upstream')) ?? [];
    expect(await printed(once)).toContain('"active": "unavailable"');
    const [provoke = ''] = commandsOf('Errors of the upstream');
    expect(await printed(provoke.split('\n')[1] ?? '')).toBe(TOTAL);
    expect(await printed('curl -s http://127.0.0.1:4010/faults')).toContain('"active": null');
  });

  const byCaller = rowsOf('Errors of the caller');

  test('lists errors caused by callers', () => {
    expect(byCaller.length).toBeGreaterThan(5);
  });

  test.each(byCaller.map((cells) => [codeIn(cells[1]), codeIn(cells[2]), codeIn(cells[3])]))(
    'has a command that produces %s, with the HTTP statuses of docs/errors.md',
    async (code, variables, command) => {
      await useGateway(variables);
      const [define = ''] = commandsOf('Errors of the caller');
      const [json, graphql] = documentedStatuses(code);
      const commands = `${define}\n${command}`;
      expect(await lastResponse(commands, 'application/json')).toEqual({ code, status: json });
      const preferred = await lastResponse(commands, 'application/graphql-response+json');
      expect(preferred).toEqual({ code, status: graphql });
    },
  );
});
