import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { bundleHash } from '../../src/server/pages/graphiql-bundle.ts';
import { packedConsole } from './console/pack.ts';
import { packedGraphiql } from './graphiql.ts';
import { ownFiles, ownTexts } from './own-files.ts';

/** The file that runs. */
export const BUNDLE_FILE = 'gateway.js';

/** What OpenTelemetry is part of: loaded by {@link BUNDLE_FILE} where spans are made, and by nothing else. */
const TRACING_FILE = 'tracing.js';

/** Modules of src that are in {@link TRACING_FILE}; the others import them dynamically, or their types alone. */
const TRACING_MODULES = /\/(tracer|sdk)\.ts$/;

/**
 * Writes src/main.ts and everything it can load as one ESM file, with its source map beside it.
 *
 * One file, although parts of it are seldom needed: they run and are compiled when they are, but their text is read at
 * start. With a file for each dynamic import an idle gateway has 74 MB instead of 89. Tracing has a file of its own, because
 * it takes 2 MB of memory that a gateway without traces must not pay, and a gateway that is copied without that file starts
 * without traces. Not minified: that is 1 MB, and stacks would have to be looked up.
 *
 * @returns the files that went into it, by their absolute paths
 * @throws Error when something in it would have to be installed beside it
 */
export async function bundle(root: string, folder: string): Promise<{ files: readonly string[] }> {
  const tracing = {
    name: 'tracing in a file of its own',
    resolveId: {
      filter: { id: TRACING_MODULES },
      handler: () => ({ id: `./${TRACING_FILE}`, external: true }),
    },
  };
  const main = await bundleFile(root, folder, BUNDLE_FILE, 'src/main.ts', [tracing]);
  return { files: [...main, ...(await bundleFile(root, folder, TRACING_FILE, TRACING_ENTRY))] };
}

/** What is imported from {@link TRACING_FILE}. */
const TRACING_ENTRY = 'tools/packaging/runtime/tracing.ts';

async function bundleFile(
  root: string,
  folder: string,
  file: string,
  entry: string,
  plugins: Plugin[] = [],
): Promise<readonly string[]> {
  const { output } = await build({
    cwd: root,
    input: { [file.replace(/\.js$/, '')]: entry },
    platform: 'node',
    transform: {
      define: { OWN_FILES: JSON.stringify(ownTexts(root)), HASH_OF_GRAPHIQL: JSON.stringify(bundleHash()) },
    },
    plugins: [...plugins, ownFiles(root), packedGraphiql(root), packedConsole(root)],
    // How long plugins took is a warning otherwise.
    checks: { pluginTimings: false },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message);
    },
    output: {
      dir: folder,
      format: 'esm',
      codeSplitting: false,
      banner: '#!/usr/bin/env node',
      sourcemap: true,
      // As from the root of the repository, whatever folder it is built into.
      sourcemapPathTransform: (source, map) => relative(root, resolve(map, '..', source)),
      comments: false,
      // One character beyond Latin-1, and V8 keeps the text with two bytes for each.
      charset: 'ascii',
    },
  });
  const [chunk] = output;
  const strangers = new Set([...chunk.imports, ...chunk.dynamicImports, ...requiredIn(chunk.code)]);
  // What is not installed is not needed: packages look for such in a `try`.
  const missing = [...strangers].filter(
    (name) => !isBuiltin(name) && existsSync(join(root, 'node_modules', name)),
  );
  if (missing.length > 0) throw new Error(`${file} would need ${missing.join(', ')} beside it`);
  // The others are made up by the bundler.
  return chunk.moduleIds.filter((id) => isAbsolute(id));
}

/** What CommonJS modules take from outside of the bundle. */
function requiredIn(code: string): string[] {
  return [...code.matchAll(/\b__require(?:\$\d+)?\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map(([, name]) =>
    String(name),
  );
}
