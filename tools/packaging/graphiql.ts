import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { compress } from '../../src/server/http/compression.ts';
import { BUNDLE_FILES, type BundleName } from '../../src/server/pages/graphiql-bundle.ts';
import { packedName } from './runtime/graphiql.ts';
import { standIn } from './stand-in.ts';

/** Holds GraphiQL's files. */
export const GRAPHIQL_PACKAGE = '@graphql-yoga/render-graphiql';

/** Where they are in the package that is built. */
export const GRAPHIQL_FOLDER = 'graphiql';

/**
 * Writes GraphiQL's files, each compressed by brotli as browsers take it. They stay outside of the bundle: 2 MB that every
 * start would read, and most never serve.
 */
export async function packGraphiql(folder: string): Promise<void> {
  await mkdir(folder);
  const texts: Record<BundleName, string> = await import('@graphql-yoga/render-graphiql/graphiql');
  await Promise.all(
    (Object.keys(BUNDLE_FILES) as BundleName[]).map(async (name) =>
      writeFile(join(folder, packedName(name)), await compress(texts[name], 'br')),
    ),
  );
}

/** Has the bundle take GraphiQL from where {@link packGraphiql} put it, under the addresses that it has otherwise. */
export function packedGraphiql(root: string): Plugin {
  return standIn(
    root,
    'src/server/pages/graphiql-bundle.ts',
    join(import.meta.dirname, 'runtime/graphiql.ts'),
  );
}
