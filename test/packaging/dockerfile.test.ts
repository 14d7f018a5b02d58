import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../src/config/variables.ts';
import { startGateway } from '../gateway-under-test.ts';
import { perRun } from '../per-run/get.ts';
import { copiedBy, type Instruction, stagesOf, textsOf } from './image-build.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { scripts, devDependencies } = JSON.parse(read('package.json'));

const stages = stagesOf(read('Dockerfile'));
const [before = [], build = [], final = []] = stages;
const only = (stage: Instruction[], name: string) => {
  const [text, ...more] = textsOf(stage, name);
  if (text === undefined || more.length > 0) throw new Error(`there is not one ${name}`);
  return text;
};

const copied = copiedBy(build);

describe("the Dockerfile's image", () => {
  test('is built in two stages from the Node version of the tests', () => {
    expect(stages).toHaveLength(3);
    expect(before).toEqual([{ name: 'ARG', text: `NODE_IMAGE=node:${devDependencies.node}-slim` }]);
    expect(only(build, 'FROM')).toMatch(/^\$\{NODE_IMAGE\} AS build$/);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is part of the Dockerfile
    expect(only(final, 'FROM')).toBe('${NODE_IMAGE}');
  });

  test('contains the build output only', () => {
    expect(textsOf(final, 'COPY')).toEqual(['--from=build /package /app']);
    expect([...textsOf(final, 'ADD'), ...textsOf(final, 'RUN'), ...textsOf(final, 'VOLUME')]).toEqual([]);
  });

  test('runs as an unprivileged user without a shell, and receives signals', () => {
    expect(only(final, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(only(final, 'STOPSIGNAL')).toBe('SIGTERM');
    const [program, ...args] = JSON.parse(only(final, 'ENTRYPOINT'));
    expect(program).toBe('node');
    const flags = scripts.start.split(' ').filter((part: string) => /^--(?!import)/.test(part));
    expect(args).toEqual([...flags, '/app/gateway.js']);
    expect(textsOf(final, 'CMD')).toEqual([]);
  });

  test('sets known variables only, and listens on the exposed port', () => {
    const env = Object.fromEntries(
      textsOf(final, 'ENV').flatMap((text) => text.split(/\s+/).map((pair) => pair.split('='))),
    );
    expect(Object.keys(env).filter((name) => !(name in VARIABLES))).toEqual([]);
    expect(env).toMatchObject({ NODE_ENV: 'production', HOST: '::', PORT: only(final, 'EXPOSE') });
  });

  test('has descriptive labels', () => {
    for (const name of ['title', 'description', 'licenses'])
      expect(only(final, 'LABEL')).toMatch(new RegExp(`org\\.opencontainers\\.image\\.${name}="[^"]+"`));
  });

  test('has a health check that works', async () => {
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

describe("the Dockerfile's build stage", () => {
  test('is given every file that it copies', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const [everything, ...taken] = ignored;
    expect(everything).toBe('*');
    expect(taken.map((line) => line.replace(/^!/, '')).sort()).toEqual([...copied].sort());
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('needs no other file of the repository', async () => {
    expect(textsOf(build, 'RUN').at(-1)).toMatch(/^node /);
    const folder = await perRun('package');
    const { status } = spawnSync(process.execPath, [join(folder, 'gateway.js'), '--help']);
    expect(status).toBe(0);
  });
});
