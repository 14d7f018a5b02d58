import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** A response as received. */
export interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Differences of a request from a POST of JSON to /graphql. */
export interface Sending {
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends exactly these headers: `fetch` would add cache headers. */
export async function send(
  { origin }: GatewayUnderTest,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Received> {
  const sent = request(origin + path, { method, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

/** @param body sent as is if it is a string, otherwise as JSON */
export function post(gateway: GatewayUnderTest, body: unknown, sending: Sending = {}): Promise<Received> {
  const { path = '/graphql', headers } = sending;
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  return send(gateway, 'POST', path, { 'content-type': 'application/json', ...headers }, bytes);
}

/** @param parameters of the URL; a string is used as is */
export function get(
  gateway: GatewayUnderTest,
  parameters: Record<string, string> | string,
  sending: Sending = {},
): Promise<Received> {
  const { path = '/graphql', headers = {} } = sending;
  return send(gateway, 'GET', `${path}?${new URLSearchParams(parameters)}`, headers);
}

/** Number of responses so far from the response cache, from execution, and rejected before both. */
export async function answersOf(
  gateway: GatewayUnderTest,
): Promise<{ cached: number; executed: number; rejected: number }> {
  const metrics = (await send(gateway, 'GET', '/metrics', {})).text;
  const count = (result: string) =>
    Number(
      new RegExp(`^voicejobs_graphql_responses_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(
        metrics,
      )?.[1],
    );
  return { cached: count('cached'), executed: count('executed'), rejected: count('rejected') };
}

/** Whether the response came from the response cache. */
export async function isHot(gateway: GatewayUnderTest, ask: () => Promise<unknown>): Promise<boolean> {
  const before = await answersOf(gateway);
  await ask();
  let after = before;
  // A response is counted when its last byte was sent, which may be after it has arrived.
  await expect
    .poll(async () => {
      after = await answersOf(gateway);
      return after.cached + after.executed + after.rejected;
    })
    .toBeGreaterThan(before.cached + before.executed + before.rejected);
  return after.cached === before.cached + 1 && after.executed === before.executed;
}
