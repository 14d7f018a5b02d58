import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** An answer as it was on the wire. */
export interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** What a request differs in from a POST of JSON to /graphql. */
export interface Sending {
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends with these headers alone: `fetch` would add some that say how old an answer may be. */
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

/** @param body as it is when it is a text, else as JSON */
export function post(gateway: GatewayUnderTest, body: unknown, sending: Sending = {}): Promise<Received> {
  const { path = '/graphql', headers } = sending;
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  return send(gateway, 'POST', path, { 'content-type': 'application/json', ...headers }, bytes);
}

/** @param parameters of the URL; a text is taken as it is */
export function get(
  gateway: GatewayUnderTest,
  parameters: Record<string, string> | string,
  sending: Sending = {},
): Promise<Received> {
  const { path = '/graphql', headers = {} } = sending;
  return send(gateway, 'GET', `${path}?${new URLSearchParams(parameters)}`, headers);
}

/** How many answers so far came from the response cache, were executed, or were rejected before that. */
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

/** Whether an answer was one that was kept. */
export async function isHot(gateway: GatewayUnderTest, ask: () => Promise<unknown>): Promise<boolean> {
  const before = await answersOf(gateway);
  await ask();
  let after = before;
  // An answer is counted when its last byte has gone, which may be after it has come.
  await expect
    .poll(async () => {
      after = await answersOf(gateway);
      return after.cached + after.executed + after.rejected;
    })
    .toBeGreaterThan(before.cached + before.executed + before.rejected);
  return after.cached === before.cached + 1 && after.executed === before.executed;
}
