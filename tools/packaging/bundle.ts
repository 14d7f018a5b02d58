import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { bundleHash } from '../../src/server/pages/graphiql-bundle.ts';
import { packedConsole } from './console/pack.ts';
import { packedGraphiql } from './graphiql.ts';
import { ownFiles, ownTexts } from './own-files.ts';

/** The program of the package. */
export const BUNDLE_FILE = 'gateway.js';

/** Contains OpenTelemetry. Loaded by {@link BUNDLE_FILE} when tracing is on, and by nothing else. */
const TRACING_FILE = 'tracing.js';

/** Modules of src in {@link TRACING_FILE}; other modules import them dynamically, or only their types. */
const TRACING_MODULES = /\/(tracer|sdk)\.ts$/;

/**
 * Bundles src/main.ts and everything that it can load into one ESM file with a source map.
 *
 * One file, although parts of it are rarely needed: code is compiled and run on demand, but its text is read at start. With a
 * file per dynamic import, an idle gateway would take 74 MB instead of 89. Tracing has a separate file, because it takes 2 MB
 * of memory that a gateway without tracing should not pay; without that file, a gateway starts without tracing. Not minified:
 * that would save 1 MB, but stack traces would need decoding.
 *
 * @returns absolute paths of the bundled files
 * @throws Error if a package would have to be installed next to the bundle
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

/** Entry of {@link TRACING_FILE}. */
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
    // Without this, the duration of plugins causes a warning.
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
      // Relative to the root of the repository, wherever the output folder is.
      sourcemapPathTransform: (source, map) => relative(root, resolve(map, '..', source)),
      comments: false,
      // A single character beyond Latin-1 would make V8 store the text with two bytes per character.
      charset: 'ascii',
    },
  });
  const [chunk] = output;
  const strangers = new Set([...chunk.imports, ...chunk.dynamicImports, ...requiredIn(chunk.code)]);
  // Packages that are not installed are optional: they are required within a `try`.
  const missing = [...strangers].filter(
    (name) => !isBuiltin(name) && existsSync(join(root, 'node_modules', name)),
  );
  if (missing.length > 0) throw new Error(`${file} would need ${missing.join(', ')} beside it`);
  // The others are virtual modules of the bundler.
  return chunk.moduleIds.filter((id) => isAbsolute(id));
}

/** Modules that CommonJS code requires from outside of the bundle. */
function requiredIn(code: string): string[] {
  return [...code.matchAll(/\b__require(?:\$\d+)?\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map(([, name]) =>
    String(name),
  );
}
