import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLES, VENDOR_VARIABLES } from '../../src/config/variables.ts';
import { startGateway } from '../gateway-under-test.ts';
import type { Document } from './deployed.ts';
import { container, kustomizations, one, pod } from './manifests.ts';

/** Environments of the pods without secrets, with and without an overlay. */
const environments = kustomizations
  .filter(([, [document]]) => document.configMapGenerator !== undefined)
  .map(([file, [document]]) => {
    const [{ literals }] = document.configMapGenerator;
    return [file, Object.fromEntries(literals.map((line: string) => line.split(/=(.*)/s)))] as const;
  });

describe('the environment of the Kubernetes pods', () => {
  test('has a secret with known names and no values', () => {
    const known = [...Object.keys(VARIABLES), ...VENDOR_VARIABLES.map(({ name }) => name)];
    const { stringData } = one('Secret');
    expect(Object.keys(stringData).filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.values(stringData).join('')).toBe('');
  });

  test.each(environments)(
    'starts the gateway with the settings of %s, a key and credentials',
    (_, literals) => {
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
    },
  );
});

describe('the Kubernetes pod', () => {
  test('probes paths that the gateway serves', async () => {
    await using gateway = await startGateway();
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect((await fetch(gateway.origin + httpGet.path)).status).toBe(200);
  });

  test('has a grace period as long as a shutdown', () => {
    const main = readFileSync(join(import.meta.dirname, '../../src/main.ts'), 'utf8');
    const [, graceMs = ''] = /const GRACE_MS = ([\d_]+);/.exec(main) ?? [];
    const drainS = Number(graceMs.replaceAll('_', '')) / 1000;
    expect(drainS).toBe(10);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      container.lifecycle.preStop.sleep.seconds + drainS,
    );
  });

  test('has no privileges', () => {
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

  test("declares its resources, and uses the image's user", () => {
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.stringMatching(/^\d+Mi$/) },
      limits: { memory: expect.stringMatching(/^\d+Mi$/) },
    });
    const { runAsUser, runAsGroup } = pod.securityContext;
    const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`\nUSER ${runAsUser}:${runAsGroup}\n`);
  });
});
