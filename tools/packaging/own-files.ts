import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Plugin, RolldownMagicString } from 'rolldown';

/** What modules of src read beside themselves at run time. */
const FILES = [
  'examples/operations/*.graphql',
  'examples/operations/generated/persisted-documents.json',
  'src/server/pages/browser/*',
];

/** What they read it with. */
const READERS = new Set(['node:fs', 'node:fs/promises']);

/** Stands in for both of them. */
const STAND_IN = join(import.meta.dirname, 'runtime/own-files.ts');

/**
 * What the stand-in has to be told: the texts of those files by their paths in the repository, as JSON.
 *
 * @throws Error when there is no such file
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
 * Has modules of src find in the bundle what they read beside themselves. Such a module says `import.meta.url` and
 * reads with `readFile` or `readFileSync`: it is told the address that it would have if the repository were where the
 * bundle is, and given functions that know what is there.
 *
 * @throws Error for a module that says `import.meta.url` and reads with neither
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
