import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLFieldResolver, parse } from 'graphql';
import { createYoga } from 'graphql-yoga';

/** Resolvers by type and field. */
// biome-ignore lint/suspicious/noExplicitAny: each resolver says what it takes
export type Resolvers = Record<string, Record<string, GraphQLFieldResolver<any, unknown>>>;

/** A subgraph beside the gateway, on a socket of its own. `await using` ends it. */
export interface Neighbour extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/**
 * Serves a subgraph with the schema in the file of its name.
 *
 * @param port 0 for any free one
 */
export async function serve(name: string, resolvers: Resolvers, port: number): Promise<Neighbour> {
  const typeDefs = parse(await readFile(join(import.meta.dirname, `${name}.graphql`), 'utf8'));
  const schema = buildSubgraphSchema({ typeDefs, resolvers });
  const server = createServer(createYoga({ schema, logging: false }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
