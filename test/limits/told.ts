import type { Cost } from '../../src/limits/cost.ts';
import { post, type Received } from '../answers/asking.ts';
import { VIA_YOGA } from '../answers/ways.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** `extensions.cost` of a response. */
export type ReportedCost = Cost & { readonly upstreamCalls: number };

/** A response body, as tests read it. */
export interface ResponseBody {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's, and expectations check it
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  readonly extensions?: { readonly cost: ReportedCost };
}

export const bodyOf = ({ text }: Received) => JSON.parse(text) as ResponseBody;

/** Execution paths of the gateway, each with the headers that select it. */
export const WAYS = [
  ['the fast path', {}],
  ['yoga', VIA_YOGA],
] as const;

/** Sends a request with `x-cost: 1`. */
export async function askWithCost(
  gateway: GatewayUnderTest,
  body: unknown,
  headers: Record<string, string> = {},
  path = '/graphql',
): Promise<ResponseBody> {
  return bodyOf(await post(gateway, body, { path, headers: { 'x-cost': '1', ...headers } }));
}
