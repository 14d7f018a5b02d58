import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { compress } from '../../src/server/http/compression.ts';
import { BUNDLE_FILES, type BundleName } from '../../src/server/pages/graphiql-bundle.ts';
import { packedName } from './runtime/graphiql.ts';
import { standIn } from './stand-in.ts';

/** The package with GraphiQL's files. */
export const GRAPHIQL_PACKAGE = '@graphql-yoga/render-graphiql';

/** Folder of GraphiQL in the built package. */
export const GRAPHIQL_FOLDER = 'graphiql';

/**
 * Writes GraphiQL's files, each compressed by brotli. They stay outside of the bundle: otherwise every start would read 2 MB
 * that most processes never serve.
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

/** Makes the bundle read GraphiQL from the output of {@link packGraphiql}, under unchanged URLs. */
export function packedGraphiql(root: string): Plugin {
  return standIn(
    root,
    'src/server/pages/graphiql-bundle.ts',
    join(import.meta.dirname, 'runtime/graphiql.ts'),
  );
}
