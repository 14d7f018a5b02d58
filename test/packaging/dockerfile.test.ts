import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../src/config/variables.ts';
import { startGateway } from '../gateway-under-test.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { scripts, devDependencies } = JSON.parse(read('package.json'));

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of each stage; those before the first `FROM` are a stage of their own. */
function stages(): Instruction[][] {
  const lines = read('Dockerfile')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const all: Instruction[][] = [[]];
  for (const line of lines) {
    const [, name, text] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || text === undefined) continue;
    if (name === 'FROM') all.push([]);
    all.at(-1)?.push({ name, text: text.trim() });
  }
  return all;
}

const [before = [], build = [], final = []] = stages();
const allOf = (stage: Instruction[], name: string) =>
  stage.filter((instruction) => instruction.name === name).map(({ text }) => text);
const only = (stage: Instruction[], name: string) => {
  const [text, ...more] = allOf(stage, name);
  if (text === undefined || more.length > 0) throw new Error(`there is not one ${name}`);
  return text;
};

/** What the build stage takes from the repository. */
const copied = allOf(build, 'COPY').flatMap((text) => text.split(/\s+/).slice(0, -1));

describe('the image', () => {
  test('is made in two stages from the Node that the tests run with', () => {
    expect(stages()).toHaveLength(3);
    expect(before).toEqual([{ name: 'ARG', text: `NODE_IMAGE=node:${devDependencies.node}-slim` }]);
    expect(only(build, 'FROM')).toMatch(/^\$\{NODE_IMAGE\} AS build$/);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
    expect(only(final, 'FROM')).toBe('${NODE_IMAGE}');
  });

  test('holds what was built and nothing else', () => {
    expect(allOf(final, 'COPY')).toEqual(['--from=build /package /app']);
    expect([...allOf(final, 'ADD'), ...allOf(final, 'RUN'), ...allOf(final, 'VOLUME')]).toEqual([]);
  });

  test('runs as nobody special, without a shell, and is told to end', () => {
    expect(only(final, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(only(final, 'STOPSIGNAL')).toBe('SIGTERM');
    const [program, ...args] = JSON.parse(only(final, 'ENTRYPOINT'));
    expect(program).toBe('node');
    const flags = scripts.start.split(' ').filter((part: string) => /^--(?!import)/.test(part));
    expect(args).toEqual([...flags, '/app/gateway.js']);
    expect(allOf(final, 'CMD')).toEqual([]);
  });

  test('sets variables that there are, and listens where it says', () => {
    const env = Object.fromEntries(
      allOf(final, 'ENV').flatMap((text) => text.split(/\s+/).map((pair) => pair.split('='))),
    );
    expect(Object.keys(env).filter((name) => !(name in VARIABLES))).toEqual([]);
    expect(env).toMatchObject({ NODE_ENV: 'production', HOST: '::', PORT: only(final, 'EXPOSE') });
  });

  test('says what it is', () => {
    for (const name of ['title', 'description', 'licenses'])
      expect(only(final, 'LABEL')).toMatch(new RegExp(`org\\.opencontainers\\.image\\.${name}="[^"]+"`));
  });

  test('finds out by itself whether it is healthy', async () => {
    const [, command = ''] = /CMD (\[.*\])$/.exec(only(final, 'HEALTHCHECK')) ?? [];
    const [, ...args] = JSON.parse(command);
    const check = async (port: string) => {
      const env = { PATH: process.env.PATH, PORT: port };
      const [code] = await once(spawn(process.execPath, args, { env }), 'close');
      return code;
    };
    await using gateway = await startGateway();
    expect(await check(new URL(gateway.origin).port)).toBe(0);
    expect(await check('9')).toBe(1);
    const ill = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
    await once(ill, 'listening');
    expect(await check(String((ill.address() as AddressInfo).port))).toBe(1);
    ill.close();
  });
});

describe('the build in the image', () => {
  test('is given everything that it copies', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const [everything, ...taken] = ignored;
    expect(everything).toBe('*');
    expect(taken.map((line) => line.replace(/^!/, '')).sort()).toEqual([...copied].sort());
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('needs nothing else of the repository', () => {
    const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-image-'));
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const [program, ...args] = (allOf(build, 'RUN').at(-1) ?? '').split(' ');
    expect(program).toBe('node');
    const target = join(folder, 'package');
    mkdirSync(target);
    execFileSync(process.execPath, [...args.slice(0, -1), target], { cwd: folder });
    const { status } = spawnSync(process.execPath, [join(target, 'gateway.js'), '--help']);
    expect(status).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
