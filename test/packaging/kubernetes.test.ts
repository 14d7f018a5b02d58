import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Document } from './deployed.ts';
import { container, deployment, FOLDER, files, kustomizations, one, pod } from './manifests.ts';

/** Kinds of Kubernetes 1.30 and later, and of the two other projects. */
const KNOWN = [
  'apps/v1 Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler',
  'kustomize.config.k8s.io/v1alpha1 Component',
  'kustomize.config.k8s.io/v1beta1 Kustomization',
  'monitoring.coreos.com/v1 ServiceMonitor',
  'networking.k8s.io/v1 NetworkPolicy',
  'policy/v1 PodDisruptionBudget',
  'v1 Namespace',
  'v1 Secret',
  'v1 Service',
  'v1 ServiceAccount',
];

const all = [...files.values()].flat();
const labels = deployment.spec.template.metadata.labels;

describe('the Kubernetes manifests', () => {
  test('use existing kinds', () => {
    const kinds = all.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect([...new Set(kinds)].sort()).toEqual(KNOWN);
  });

  test('are all listed in a kustomization, except for the example of a secret', () => {
    const named = kustomizations.flatMap(([file, [{ resources = [], patches = [] }]]) =>
      [...resources, ...patches.map(({ path }: { path: string }) => path)]
        .filter((path) => path.endsWith('.yaml'))
        .map((path) => join(dirname(file), path)),
    );
    const others = [...files.keys()].filter((file) => !file.endsWith('/kustomization.yaml'));
    expect([...named, `${FOLDER}/secret.example.yaml`].sort()).toEqual(others);
  });

  test('patch existing objects', () => {
    const [patch] = files.get(`${FOLDER}/overlays/example/more-replicas.yaml`) ?? [];
    expect(patch.metadata.name).toBe(one(patch.kind).metadata.name);
    expect(patch.apiVersion).toBe(one(patch.kind).apiVersion);
  });
});

describe('references between the Kubernetes manifests', () => {
  test.each([
    ['the Deployment', deployment.spec.selector.matchLabels],
    ['the Service', one('Service').spec.selector],
    ['the PodDisruptionBudget', one('PodDisruptionBudget').spec.selector.matchLabels],
    ['the NetworkPolicy', one('NetworkPolicy').spec.podSelector.matchLabels],
    ...pod.topologySpreadConstraints.map((constraint: Document) => [
      `spreading over ${constraint.topologyKey}`,
      constraint.labelSelector.matchLabels,
    ]),
  ])('%s selects the pods', (_, selector) => {
    expect(Object.keys(selector)).not.toEqual([]);
    expect(labels).toMatchObject(selector);
  });

  test('the ServiceMonitor selects the Service and one of its ports', () => {
    const { selector, endpoints } = one('ServiceMonitor').spec;
    expect(one('Service').metadata.labels).toMatchObject(selector.matchLabels);
    const ports = one('Service').spec.ports.map(({ name }: { name: string }) => name);
    expect(ports).toContain(endpoints[0].port);
  });

  test('ports refer to those of the container by name', () => {
    const names = container.ports.map(({ name }: { name: string }) => name);
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    const used = [
      ...probes.map((probe) => probe.httpGet.port),
      ...one('Service').spec.ports.map(({ targetPort }: Document) => targetPort),
      ...one('NetworkPolicy').spec.ingress.flatMap(({ ports }: Document) =>
        ports.map(({ port }: Document) => port),
      ),
    ];
    expect([...new Set(used)]).toEqual(names);
    const port = container.env.find(({ name }: Document) => name === 'PORT');
    expect(port.value).toBe(String(container.ports[0].containerPort));
  });

  test('the autoscaler scales the Deployment, with more replicas than may be disrupted', () => {
    const { scaleTargetRef, minReplicas } = one('HorizontalPodAutoscaler').spec;
    const { apiVersion, kind, metadata } = deployment;
    expect(scaleTargetRef).toEqual({ apiVersion, kind, name: metadata.name });
    expect(deployment.spec.replicas).toBeUndefined();
    expect(minReplicas).toBe(3);
    expect(one('PodDisruptionBudget').spec.maxUnavailable).toBeLessThan(minReplicas);
  });

  test('objects that the pods refer to exist', () => {
    const [config, secret] = container.envFrom;
    const generated = kustomizations.flatMap(([, [{ configMapGenerator = [] }]]) =>
      configMapGenerator.map(({ name }: Document) => name),
    );
    expect(new Set(generated)).toEqual(new Set([config.configMapRef.name]));
    expect(one('Secret').metadata.name).toBe(secret.secretRef.name);
    expect(one('ServiceAccount').metadata.name).toBe(pod.serviceAccountName);
  });
});
