import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLES, VENDOR_VARIABLES } from '../../src/config/variables.ts';
import { startGateway } from '../gateway-under-test.ts';
import type { Document } from './deployed.ts';
import { container, kustomizations, one, pod } from './manifests.ts';

/** What the pods have in their environment, apart from secrets, with an overlay and without. */
const environments = kustomizations
  .filter(([, [document]]) => document.configMapGenerator !== undefined)
  .map(([file, [document]]) => {
    const [{ literals }] = document.configMapGenerator;
    return [file, Object.fromEntries(literals.map((line: string) => line.split(/=(.*)/s)))] as const;
  });

describe('the environment', () => {
  test('the secret has names that there are, and no value', () => {
    const known = [...Object.keys(VARIABLES), ...VENDOR_VARIABLES.map(({ name }) => name)];
    const { stringData } = one('Secret');
    expect(Object.keys(stringData).filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.values(stringData).join('')).toBe('');
  });

  test.each(environments)('the gateway starts with that of %s, a key and credentials', (_, literals) => {
    const own = Object.fromEntries(container.env.map(({ name, value }: Document) => [name, value]));
    const secrets = {
      AUTH_API_KEYS: 'web:a-key-that-is-long-enough',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
    };
    expect(Object.keys(literals).filter((name) => !(name in VARIABLES))).toEqual([]);
    const config = loadConfig({
      NODE_ENV: 'production',
      ...one('Secret').stringData,
      ...literals,
      ...secrets,
      ...own,
    });
    expect(config).toMatchObject({ host: '::', port: 4000, upstream: { kind: 'alibaba' } });
    expect(() => loadConfig({ NODE_ENV: 'production', ...literals, ...own })).toThrow('AUTH_API_KEYS');
  });
});

describe('the pod', () => {
  test('asks paths that the gateway answers', async () => {
    await using gateway = await startGateway();
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect((await fetch(gateway.origin + httpGet.path)).status).toBe(200);
  });

  test('is given the time that a shutdown takes', () => {
    const main = readFileSync(join(import.meta.dirname, '../../src/main.ts'), 'utf8');
    const [, graceMs = ''] = /const GRACE_MS = ([\d_]+);/.exec(main) ?? [];
    const drainS = Number(graceMs.replaceAll('_', '')) / 1000;
    expect(drainS).toBe(10);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      container.lifecycle.preStop.sleep.seconds + drainS,
    );
  });

  test('may do nothing but run', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.volumes).toBeUndefined();
  });

  test('says what it needs, and has the user of the image', () => {
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.stringMatching(/^\d+Mi$/) },
      limits: { memory: expect.stringMatching(/^\d+Mi$/) },
    });
    const { runAsUser, runAsGroup } = pod.securityContext;
    const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`\nUSER ${runAsUser}:${runAsGroup}\n`);
  });
});
