import { join } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * Replaces a module in the bundle. The replacement may import from the original.
 *
 * @param module of src, relative to the root of the repository
 * @param standIn absolute path; must export everything that is used of the module
 */
export function standIn(root: string, module: string, standIn: string): Plugin {
  const replaced = join(root, module);
  const name = module.slice(module.lastIndexOf('/') + 1);
  return {
    name: `stand-in for ${module}`,
    resolveId: {
      filter: { id: new RegExp(`(^|/)${name.replaceAll('.', '\\.')}$`) },
      async handler(source, importer) {
        if (importer === standIn) return null;
        const resolved = await this.resolve(source, importer, { skipSelf: true });
        return resolved?.id === replaced ? standIn : resolved;
      },
    },
  };
}
