import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { ask } from './ask.ts';

/** A subgraph, and its address for routers. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
}

/**
 * Fetches the schema of each subgraph and composes the supergraph.
 *
 * @throws Error with the composition errors
 */
export async function compose(subgraphs: readonly Subgraph[]): Promise<string> {
  const result = composeServices(await Promise.all(subgraphs.map(withSchema)));
  if (compositionHasErrors(result)) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

async function withSchema({ name, url }: Subgraph) {
  const { _service } = await ask<{ _service: { sdl: string } }>(url, '{ _service { sdl } }');
  return { name, url, typeDefs: parse(_service.sdl) };
}
