import { expect } from 'vitest';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { post, type Received, type Sending } from './asking.ts';

/** A media type that the fast path does not accept, so that yoga handles the request. */
export const VIA_YOGA = { 'content-type': 'application/json;charset=UTF-8;way=yoga' };

interface WireError {
  readonly extensions?: Record<string, unknown>;
}

/** The part of a response that must be equal: the errors and data if there are errors, otherwise every byte. */
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
 * Sends the same body until each path has answered it, and expects equal responses: from yoga, from the first two runs, which
 * are interpreted, and from later ones, which are compiled. The gateway must not have seen the body before.
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
