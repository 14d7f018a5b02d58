import type { Cost } from '../../src/limits/cost.ts';
import { post, type Received } from '../answers/asking.ts';
import { VIA_YOGA } from '../answers/ways.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** What an answer tells of its cost. */
export type ToldCost = Cost & { readonly upstreamCalls: number };

/** A body of an answer as tests look at it. */
export interface Told {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's, and expectations check it
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  readonly extensions?: { readonly cost: ToldCost };
}

export const told = ({ text }: Received) => JSON.parse(text) as Told;

/** The ways that a request can take through the gateway, each with the headers that lead there. */
export const WAYS = [
  ['the short way', {}],
  ['yoga', VIA_YOGA],
] as const;

/** Asks for the cost along with the answer. */
export async function askWithCost(
  gateway: GatewayUnderTest,
  body: unknown,
  headers: Record<string, string> = {},
  path = '/graphql',
): Promise<Told> {
  return told(await post(gateway, body, { path, headers: { 'x-cost': '1', ...headers } }));
}
