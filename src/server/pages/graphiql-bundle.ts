import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Encoding } from '../http/compression.ts';

/**
 * GraphiQL's files by their export names in `@graphql-yoga/render-graphiql`, with the file names under which they are
 * served.
 */
export const BUNDLE_FILES = {
  js: ['graphiql', 'js'],
  css: ['graphiql', 'css'],
  editorWorkerService: ['editor-worker', 'js'],
  graphqlWorker: ['graphql-worker', 'js'],
  jsonWorker: ['json-worker', 'js'],
} as const;

export type BundleName = keyof typeof BUNDLE_FILES;

/** All files of the bundle in one coding. */
export type Bundle = Readonly<Record<BundleName, Uint8Array>>;

/**
 * Hash of the module that contains the bundle, for the URLs of its files. It changes whenever the content does, even
 * with a patched package. Reading the 9 MB takes about 10 ms; importing them takes nine times as long, so that waits
 * for the first visit.
 */
export function bundleHash(): string {
  const module = import.meta.resolve('@graphql-yoga/render-graphiql/graphiql');
  return shortHash(readFileSync(fileURLToPath(module)));
}

/** Short content hash for a URL. */
export function shortHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 12);
}

/**
 * Imports and compresses the bundle in a worker thread. This takes about 0.4 s without blocking other requests, and
 * only the compressed bytes stay in memory.
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
