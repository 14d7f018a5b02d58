/**
 * Prints the supergraph of the gateway alone; neighbours are added to the list. To be run anew when subgraph.graphql has
 * changed: `node deploy/compose/router/compose.ts > deploy/compose/router/supergraph.graphql && npm run format`
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { parse } from 'graphql';

const SUBGRAPHS = [
  { name: 'voice-jobs', url: 'http://gateway:4000/subgraph', file: '../../../subgraph.graphql' },
];

const result = composeServices(
  SUBGRAPHS.map(({ name, url, file }) => ({
    name,
    url,
    typeDefs: parse(readFileSync(new URL(file, import.meta.url), 'utf8')),
  })),
);
if (compositionHasErrors(result)) throw new Error(result.errors.map(({ message }) => message).join('\n'));
process.stdout.write(`${result.supergraphSdl}\n`);
