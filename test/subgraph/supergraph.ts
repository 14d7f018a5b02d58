import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as apollo from '@apollo/composition';
import * as guild from '@theguild/federation-composition';
import { parse } from 'graphql';
import { folderOf } from '../../examples/install.ts';

/** A subgraph schema to compose. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** Result of a composition. */
export interface Composed {
  /** Undefined if there are errors. */
  readonly supergraph: string | undefined;
  readonly errors: readonly { readonly code: unknown; readonly message: string }[];
  readonly hints: readonly string[];
}

/** Both composers: Hive's, which returns no hints, and Apollo's, which Rover and GraphOS use. */
export const COMPOSERS: Record<string, (subgraphs: readonly Subgraph[]) => Composed> = {
  '@theguild/federation-composition'(subgraphs) {
    const { supergraphSdl: supergraph, errors } = guild.composeServices(subgraphs.map(asService));
    return { supergraph, errors: (errors ?? []).map(asError), hints: [] };
  },
  '@apollo/composition'(subgraphs) {
    const { supergraphSdl: supergraph, errors, hints } = apollo.composeServices(subgraphs.map(asService));
    return { supergraph, errors: (errors ?? []).map(asError), hints: (hints ?? []).map(String) };
  },
};

const asService = ({ name, url, sdl }: Subgraph) => ({ name, url, typeDefs: parse(sdl) });
const asError = ({ message, extensions }: { message: string; extensions: Record<string, unknown> }) => ({
  code: extensions.code,
  message,
});

/** The subgraphs of examples/federation/supergraph.yaml: the gateway's committed schema, and those of its neighbours. */
export function readSubgraphs(): Subgraph[] {
  const folder = folderOf('federation');
  const config = readFileSync(join(folder, 'supergraph.yaml'), 'utf8');
  const entry = /^ {2}([\w-]+):\n {4}routing_url: (\S+)\n {4}schema:\n {6}file: (\S+)$/gm;
  return [...config.matchAll(entry)].map(([, name = '', url = '', file = '']) => ({
    name,
    url,
    sdl: readFileSync(join(folder, file), 'utf8'),
  }));
}
