import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Encoding } from '../http/compression.ts';

/** GraphiQL's files by their names in the package `@graphql-yoga/render-graphiql`, with the names they are served by. */
export const BUNDLE_FILES = {
  js: ['graphiql', 'js'],
  css: ['graphiql', 'css'],
  editorWorkerService: ['editor-worker', 'js'],
  graphqlWorker: ['graphql-worker', 'js'],
  jsonWorker: ['json-worker', 'js'],
} as const;

export type BundleName = keyof typeof BUNDLE_FILES;

/** All files of the bundle in one encoding. */
export type Bundle = Readonly<Record<BundleName, Uint8Array>>;

/**
 * Hash of the module that holds the bundle. Reading its 9 MB takes some 10 ms, importing them nine times as long; so the
 * addresses of the files are known at start, and change whenever their content does, be it by a patched package.
 */
export function bundleHash(): string {
  const module = import.meta.resolve('@graphql-yoga/render-graphiql/graphiql');
  return shortHash(readFileSync(fileURLToPath(module)));
}

/** What stands for some content in its address. */
export function shortHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 12);
}

/**
 * Imports and compresses the bundle in a thread of its own: that takes some 0.4 s, in which other requests go on, and
 * nothing stays in memory but the compressed bytes.
 */
export function loadBundle(encoding: Encoding): Promise<Bundle> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./graphiql-bundle-worker.ts', import.meta.url), {
      workerData: encoding,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`GraphiQL's files could not be read (exit code ${code})`)),
    );
  });
}
