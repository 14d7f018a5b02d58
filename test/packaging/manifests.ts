import { type Document, readYaml, yamlFilesOf } from './deployed.ts';

export const FOLDER = 'deploy/kubernetes';

/** The documents of each file, by its path in the repository. */
export const files = new Map(yamlFilesOf(FOLDER).map((file) => [file, readYaml(file)]));

export const kustomizations = [...files].filter(([file]) => file.endsWith('/kustomization.yaml'));

/** The object of a kind in the base or a component, not its patches in overlays. */
export function one(kind: string): Document {
  const found = [...files].flatMap(([file, documents]) => (file.includes('/overlays/') ? [] : documents));
  return found.find((document) => document.kind === kind);
}

export const deployment = one('Deployment');
export const pod = deployment.spec.template.spec;
export const [container] = pod.containers;
