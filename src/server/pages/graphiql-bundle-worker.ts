import { parentPort, workerData } from 'node:worker_threads';
import {
  css,
  editorWorkerService,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql';
import { compress, type Encoding } from '../http/compression.ts';
import type { BundleName } from './graphiql-bundle.ts';

// The worker thread of loadBundle: posts all files in the requested coding, then exits.
const texts: Record<BundleName, string> = { js, css, editorWorkerService, graphqlWorker, jsonWorker };
const files = Object.entries(texts).map(async ([name, text]) => [
  name,
  await compress(text, workerData as Encoding),
]);
parentPort?.postMessage(Object.fromEntries(await Promise.all(files)));
