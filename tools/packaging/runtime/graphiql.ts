import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { compress, type Encoding } from '../../../src/server/http/compression.ts';
import { BUNDLE_FILES, type Bundle, type BundleName } from '../../../src/server/pages/graphiql-bundle.ts';

export { BUNDLE_FILES, shortHash } from '../../../src/server/pages/graphiql-bundle.ts';
export type { Bundle, BundleName };

/** Defined by ../bundle.ts. */
declare const HASH_OF_GRAPHIQL: string;

/** Replaces the function of src/server/pages/graphiql-bundle.ts; computed when the bundle was built. */
export function bundleHash(): string {
  return HASH_OF_GRAPHIQL;
}

/** Replaces the function of src/server/pages/graphiql-bundle.ts. Rejects if the files are not next to the bundle. */
export async function loadBundle(encoding: Encoding): Promise<Bundle> {
  const files = (Object.keys(BUNDLE_FILES) as BundleName[]).map(async (name) => {
    const packed = await readFile(new URL(`graphiql/${packedName(name)}`, import.meta.url));
    if (encoding === 'br') return [name, packed] as const;
    const text = await promisify(brotliDecompress)(packed);
    return [name, await compress(text.toString(), encoding)] as const;
  });
  return Object.fromEntries(await Promise.all(files)) as Record<BundleName, Uint8Array>;
}

/** Name of a compressed file of GraphiQL. */
export function packedName(name: BundleName): string {
  return `${BUNDLE_FILES[name].join('.')}.br`;
}
