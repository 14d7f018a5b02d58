import { join } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * Has the bundle take one module for another, which may import from the one that it stands for.
 *
 * @param module of src, as from the root of the repository
 * @param standIn absolute; exports what is used of the module
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
