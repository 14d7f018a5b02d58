import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Plugin, RolldownMagicString } from 'rolldown';

/** Files that modules of src read at run time. */
const FILES = [
  'examples/operations/*.graphql',
  'examples/operations/generated/persisted-documents.json',
  'src/server/pages/browser/*',
];

/** Modules with which they are read. */
const READERS = new Set(['node:fs', 'node:fs/promises']);

/** Replacement for both of these modules. */
const STAND_IN = join(import.meta.dirname, 'runtime/own-files.ts');

/**
 * Contents of these files by their paths in the repository, as JSON.
 *
 * @throws Error if there is no such file
 */
export function ownTexts(root: string): string {
  const found = FILES.flatMap((pattern) => {
    const names = globSync(pattern, { cwd: root }).sort();
    if (names.length === 0) throw new Error(`there is no ${pattern}`);
    return names;
  });
  return JSON.stringify(
    Object.fromEntries(found.map((name) => [name, readFileSync(join(root, name), 'utf8')])),
  );
}

/**
 * Makes modules of src find their files in the bundle. Such a module uses `import.meta.url` with `readFile` or
 * `readFileSync`. Its `import.meta.url` becomes the URL that it would have if the repository were in the bundle's folder, and
 * its read functions are replaced by ones that know the bundled files.
 *
 * @throws Error for a module that uses `import.meta.url` without either function
 */
export function ownFiles(root: string): Plugin {
  const readers = new Set<string>();
  return {
    name: 'own-files',
    transform: {
      filter: { code: 'import.meta.url' },
      handler(code, id) {
        if (!id.startsWith(join(root, 'src/'))) return null;
        if (![...READERS].some((name) => code.includes(`from '${name}'`))) {
          throw new Error(`${id} finds something beside itself, but does not read it as a file`);
        }
        readers.add(id);
        const address = `new URL(${JSON.stringify(relative(root, id))}, import.meta.url).href`;
        const text = new RolldownMagicString(code).replaceAll('import.meta.url', address);
        return { code: text.toString(), map: text.generateMap({ source: id }).toString() };
      },
    },
    resolveId: {
      filter: { id: /^node:fs(\/promises)?$/ },
      handler: (_, importer) => (importer !== undefined && readers.has(importer) ? STAND_IN : null),
    },
  };
}
