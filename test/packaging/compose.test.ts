import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse, print } from 'graphql';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { freePort } from '../free-port.ts';
import { part } from '../parts/needs.ts';
import { connectTo, isUp } from '../redis/connect.ts';
import { type Document, readYaml, yamlFilesOf } from './deployed.ts';

const FOLDER = 'deploy/compose';
const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const [compose] = readYaml(`${FOLDER}/compose.yaml`);
const [prometheus] = readYaml(`${FOLDER}/prometheus.yml`);
const services: [name: string, service: Document][] = Object.entries(compose.services);
const { gateway, router, redis } = compose.services;

/** Services that have a property. @throws Error if none has, so that no test passes vacuously */
function having(part: string): typeof services {
  const found = services.filter(([, service]) => service[part] !== undefined);
  if (found.length === 0) throw new Error(`no service has ${part}`);
  return found;
}

/** The text with these variables substituted as by Compose. */
const filledIn = (text: string, values: Record<string, string>) =>
  text.replace(/\$\{(\w+):[?-]\}/g, (_, name) => values[name] ?? '');

describe('the services of the Compose files', () => {
  test('are described by valid files', () => {
    expect(yamlFilesOf(FOLDER).flatMap(readYaml).length).toBeGreaterThan(3);
  });

  test.each(services)('%s uses an image with a version', (_, { image }) => {
    expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+[\w.-]*$/);
  });

  test.each(having('ports'))('%s is published on this machine only', (_, { ports }) => {
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(having('volumes'))('%s mounts existing files', (_, { volumes }) => {
    expect(volumes.length).toBeGreaterThan(0);
    const sources = volumes.map((volume: string) => volume.split(':')[0]);
    const missing = sources.filter((source: string) =>
      source.startsWith('.') ? !existsSync(join(root, FOLDER, source)) : !(source in compose.volumes),
    );
    expect(missing).toEqual([]);
  });

  test.each(having('depends_on'))(
    '%s waits for services that there are, and that say when they are ready',
    (_, service) => {
      const needs = Object.entries<Document>(service.depends_on);
      expect(needs.length).toBeGreaterThan(0);
      for (const [name, how] of needs) {
        const needed = compose.services[typeof how === 'string' ? how : name];
        expect(needed).toBeDefined();
        // The gateway's health check is in its image.
        if (how.condition === 'service_healthy') expect(needed.healthcheck ?? needed.build).toBeDefined();
      }
    },
  );

  test('use no variable except those of the example', () => {
    expect(read(`${FOLDER}/.env.example`)).toMatch(/^REDIS_PASSWORD=$/m);
    const used = read(`${FOLDER}/compose.yaml`).matchAll(/\$\{(\w+):[?-]\}|^ {4}environment: (\w+)$/gm);
    const offered = read(`${FOLDER}/.env.example`).matchAll(/^(\w+)=$/gm);
    const names = new Set([...used].map(([, name, secret]) => name ?? secret));
    expect(names.size).toBeGreaterThan(5);
    expect(names).toEqual(new Set([...offered].map(([, name]) => name)));
  });
});

const PASSWORD = 'q3fE_c-vQ8mB2xTtY7uK';

describe('secrets in the Compose files', () => {
  const SECRET = /KEY|SECRET|PASSWORD|TOKEN|AUTH|URL/;

  test('are in no text: each comes from a variable, and own ones are required', () => {
    const values = services.flatMap(([, { environment = {} }]) => Object.entries<string>(environment));
    const secret = values.filter(([name]) => SECRET.test(name));
    expect(secret.length).toBeGreaterThan(5);
    for (const [name, value] of secret)
      expect([name, value]).toEqual([
        name,
        expect.stringMatching(name.startsWith('ALIBABA_CLOUD_') ? /^\$\{\w+:-\}$/ : /\$\{\w+:\?\}/),
      ]);
  });

  test('are in no command arguments, which process lists show', () => {
    const commands = having('command').map(([, { command }]) => command.join(' '));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) expect(command).not.toMatch(/(?<!\$)\$\{?\w/);
  });
});

describe('Redis in the Compose files', () => {
  test('is on an internal network that it shares only with the gateways', () => {
    expect(redis.networks).toEqual(['redis']);
    expect(compose.networks.redis).toEqual({ internal: true });
    expect(redis.ports).toBeUndefined();
    const sharing = services.filter(([, { networks = ['default'] }]) => networks.includes('redis'));
    expect(sharing.map(([name]) => name)).toEqual(['gateway', 'redis']);
    expect(gateway.networks).toEqual(['default', 'redis']);
  });

  test('rejects clients without the password, and accepts the gateways and the health check', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'compose-redis-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const port = await freePort();
    const environment = (password: string) => ({
      ...process.env,
      REDISCLI_AUTH: filledIn(redis.environment.REDISCLI_AUTH, { REDIS_PASSWORD: password }),
    });
    const [shell, option, script] = redis.command;
    // As in Compose, but on a port of this machine.
    const started = script.replaceAll('$$', '$').replace('redis-server', () => '"$PROGRAM"');
    const own = started.replace('"$PROGRAM" -', `$& --port ${port} --bind 127.0.0.1`);
    const env = { ...environment(PASSWORD), PROGRAM: part('redis') };
    const server = spawn(shell, [option, own], { cwd: folder, env, stdio: 'ignore' });
    await once(server, 'spawn');
    onTestFinished(() => {
      server.kill('SIGKILL');
    });
    const url = new URL(filledIn(gateway.environment.REDIS_URL, { REDIS_PASSWORD: PASSWORD }));
    url.host = `127.0.0.1:${port}`;

    using allowed = connectTo(String(url));
    await isUp(allowed);
    const stranger = new Redis(port, '127.0.0.1', { lazyConnect: true });
    stranger.on('error', () => {});
    onTestFinished(() => stranger.disconnect());
    await expect(stranger.get('x')).rejects.toThrow('NOAUTH');
    const guesser = new Redis(port, '127.0.0.1', { lazyConnect: true, password: 'guess' });
    guesser.on('error', () => {});
    onTestFinished(() => guesser.disconnect());
    await expect(guesser.get('x')).rejects.toThrow(/NOAUTH|WRONGPASS/);

    const [, command, ...check] = redis.healthcheck.test;
    expect(command).toBe('redis-cli');
    const healthy = (password: string) =>
      spawnSync(part('redis-cli'), ['-p', String(port), ...check], { env: environment(password) }).status;
    expect(healthy(PASSWORD)).toBe(0);
    expect(healthy('')).not.toBe(0);
    // redis-server replaces the shell to receive SIGTERM, without the password in its arguments.
    const args = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8');
    expect(args).toMatch(/redis-server/);
    expect(args).not.toContain(PASSWORD);
  });
});

describe('the gateways in the Compose files', () => {
  test('are two, with read-only file systems', () => {
    expect(gateway.deploy.replicas).toBe(2);
    expect(gateway).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(gateway.volumes).toBeUndefined();
  });

  test.each([
    [
      'an account',
      { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' },
      'alibaba',
    ],
    ['the emulator', { IMS_UPSTREAM: 'emulator' }, 'emulator'],
  ])('start with %s', (_, values, kind) => {
    const keys = {
      WEB_API_KEY: 'a-key-that-is-long-1',
      ROUTER_API_KEY: 'a-key-that-is-long-2',
      PROMETHEUS_API_KEY: 'a-key-that-is-long-3',
      REDIS_PASSWORD: PASSWORD,
    };
    const env = Object.entries<string>(gateway.environment).map(([name, text]) => [
      name,
      filledIn(text, { ...keys, ...values }),
    ]);
    const config = loadConfig({ NODE_ENV: 'production', HOST: '0.0.0.0', ...Object.fromEntries(env) });
    expect(config.upstream.kind).toBe(kind);
    expect(config.auth.apiKeys.map(({ client }) => client)).toEqual(['web', 'router', 'prometheus']);
    expect(config.redisUrl).toBe(`redis://:${PASSWORD}@redis:6379`);
  });

  test('are found and scraped by Prometheus', () => {
    const [job] = prometheus.scrape_configs;
    expect(job.dns_sd_configs[0]).toMatchObject({ names: ['gateway'], type: 'A', port: 4000 });
    const [secret] = compose.services.prometheus.secrets;
    expect(job.authorization).toEqual({ credentials_file: `/run/secrets/${secret}` });
    expect(compose.secrets[secret]).toEqual({ environment: 'PROMETHEUS_API_KEY' });
  });
});

describe('monitoring in the Compose files', () => {
  /** Files of this machine that a service finds under a path of its own. */
  const foundBy = (name: string, pattern: string) => {
    const volumes: string[][] = compose.services[name].volumes.map((volume: string) => volume.split(':'));
    const [source = '', target = ''] = volumes.find(([, at = '/']) => pattern.startsWith(`${at}/`)) ?? [];
    return globSync(join(FOLDER, source, pattern.slice(target.length)), { cwd: root });
  };

  test('Prometheus finds its rules', () => {
    expect(prometheus.rule_files.length).toBeGreaterThan(0);
    for (const pattern of prometheus.rule_files) expect(foundBy('prometheus', pattern)).not.toEqual([]);
  });

  test('Grafana finds a dashboard and its data source', () => {
    const [{ providers }] = readYaml(`${FOLDER}/grafana/dashboards/voice-jobs.yaml`);
    expect(foundBy('grafana', `${providers[0].options.path}/*.json`)).not.toEqual([]);
    const [{ datasources }] = readYaml(`${FOLDER}/grafana/datasources/prometheus.yaml`);
    expect(datasources[0].url).toBe('http://prometheus:9090');
  });
});

describe('the router in the Compose files', () => {
  test('is that of the examples, with the configured key', () => {
    const { dependencies } = JSON.parse(read('examples/federation/package.json'));
    expect(router.image).toBe(`ghcr.io/graphql-hive/gateway:${dependencies['@graphql-hive/gateway']}`);
    expect(Object.keys(router.environment)).toContain('GATEWAY_API_KEY');
    for (const name of Object.keys(router.environment))
      expect(read(`${FOLDER}/router/gateway.config.ts`)).toContain(`process.env.${name}`);
  });

  test('serves the current schema', () => {
    const composed = execFileSync(process.execPath, [join(root, FOLDER, 'router/compose.ts')], {
      encoding: 'utf8',
    });
    // The file is formatted like all others.
    const asWritten = (text: string) => print(parse(text));
    expect(asWritten(read(`${FOLDER}/router/supergraph.graphql`))).toBe(asWritten(composed));
    expect(composed).toContain(`url: "http://gateway:4000/subgraph"`);
  });
});
