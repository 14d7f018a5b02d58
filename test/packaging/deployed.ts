import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '../..');

// biome-ignore lint/suspicious/noExplicitAny: expectations check the shape
export type Document = any;

/**
 * The documents of a YAML file, by its path in the repository.
 *
 * @throws Error with all errors and warnings of the parser, including duplicate keys
 */
export function readYaml(file: string): Document[] {
  return parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
    return document.toJS();
  });
}

/** The YAML files of a folder and its subfolders, by their paths in the repository. */
export function yamlFilesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name))
    .sort();
}
