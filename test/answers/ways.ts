import { expect } from 'vitest';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { post, type Received, type Sending } from './asking.ts';

/** JSON in words that the short way leaves to yoga. */
export const VIA_YOGA = { 'content-type': 'application/json;charset=UTF-8;way=yoga' };

interface WireError {
  readonly extensions?: Record<string, unknown>;
}

/** What has to be equal: with errors what they say, else every byte. */
export function seen({ status, headers, text }: Received) {
  const type = headers['content-type'];
  if (!type?.includes('json')) return { status, type, body: text };
  const { errors, ...rest } = JSON.parse(text) as { errors?: readonly WireError[] };
  const said = errors?.map(({ extensions: { upstreamRequestId, ...extensions } = {}, ...error }) => ({
    ...error,
    extensions,
  }));
  return { status, type, body: said === undefined ? text : { errors: said, ...rest } };
}

/**
 * Sends the same body until each way has answered it, and expects one answer: from yoga, from the first two runs, which
 * execute, and from those after them, which are compiled. The body has to be one that the gateway has not seen.
 */
export async function expectOneAnswer(
  gateway: GatewayUnderTest,
  body: unknown,
  { headers, ...sending }: Sending = {},
) {
  const ask = async (more = {}) =>
    seen(await post(gateway, body, { ...sending, headers: { ...headers, ...more } }));
  const viaYoga = await ask(VIA_YOGA);
  for (const run of ['executed', 'executed, then compiled', 'compiled', 'compiled', 'compiled'])
    expect(await ask(), run).toEqual(viaYoga);
  return viaYoga;
}
