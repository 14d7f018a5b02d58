import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Document } from './deployed.ts';
import { deployment, files } from './manifests.ts';

/** Modules with the types of Kubernetes' own kinds. */
const MODULES: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  Namespace: 'core/v1',
  NetworkPolicy: 'networking/v1',
  PodDisruptionBudget: 'policy/v1',
  Secret: 'core/v1',
  Service: 'core/v1',
  ServiceAccount: 'core/v1',
};

/** A patch is a partial object of its kind. */
const PART = 'type Part<T> = T extends object ? { [Field in keyof T]?: Part<T[Field]> } : T;';

const root = join(import.meta.dirname, '../..');

/**
 * Type errors of manifests, by types generated from the OpenAPI description of Kubernetes 1.30: an unknown field, a wrong
 * type, a missing field.
 */
async function problemsOf(documents: readonly Document[], patches: readonly Document[]): Promise<string> {
  // Below node_modules, so that the compiler finds the types.
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'manifests-'));
  try {
    const typeOf = ({ kind }: Document) => `import('kubernetes-types/${MODULES[kind]}').${kind}`;
    const typed = [
      ...documents.map((document) => [typeOf(document), document]),
      ...patches.map((patch) => [`Part<${typeOf(patch)}>`, patch]),
    ].map(([type, value], index) => `export const manifest${index}: ${type} = ${JSON.stringify(value)};`);
    await writeFile(join(folder, 'manifests.ts'), [PART, ...typed].join('\n'));
    const args = ['--ignoreConfig', '--noEmit', '--strict', '--types', '', '--module', 'esnext'];
    const options = ['--moduleResolution', 'bundler', '--target', 'es2024', join(folder, 'manifests.ts')];
    const tsc = join(root, 'node_modules/.bin/tsc');
    return await promisify(execFile)(tsc, [...args, ...options]).then(
      () => '',
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const ofKubernetes = (documents: readonly Document[]) => documents.filter(({ kind }) => kind in MODULES);
const isInOverlay = (file: string) => file.includes('/overlays/');
const whole = ofKubernetes([...files].flatMap(([file, documents]) => (isInOverlay(file) ? [] : documents)));
const patches = ofKubernetes([...files].flatMap(([file, documents]) => (isInOverlay(file) ? documents : [])));

test('the Kubernetes manifests have known fields of the right types only', async () => {
  expect(whole.length).toBeGreaterThan(6);
  expect(patches.length).toBeGreaterThan(0);
  expect(await problemsOf(whole, patches)).toBe('');
});

test('an unknown field and a field of the wrong type in a manifest are found', async () => {
  const misspelt = structuredClone(deployment);
  misspelt.spec.template.spec.terminationGracePeriod = 20;
  const mistyped = structuredClone(deployment);
  mistyped.spec.replicas = '2';
  const problems = await problemsOf([misspelt, mistyped], [misspelt]);
  expect(problems).toContain(`'"terminationGracePeriod"' does not exist in type 'PodSpec'`);
  expect(problems).toMatch(/'"terminationGracePeriod"' does not exist in type '[^']*(?:Part<|Pick<|\{)/);
  expect(problems).toContain("Type 'string' is not assignable to type 'number'");
});
