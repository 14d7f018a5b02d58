import { pick } from '../../../emulator/random.ts';
import type { RequestSpec } from '../client.ts';
import { rejectedWith } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const BODY = '{"query":"{ customizedVoiceJobs { totalCount } }"}';
const JSON_TYPE = { 'content-type': 'application/json' };

const REQUESTS: readonly RequestSpec[] = [
  { target: '/graphql', headers: JSON_TYPE, body: BODY },
  { target: '/subgraph', headers: JSON_TYPE, body: BODY },
  { target: '/graphql?query={customizedVoiceJobs{totalCount}}' },
  { target: '/metrics' },
];

const KEYS: readonly Record<string, string>[] = [
  {},
  { 'x-api-key': '' },
  { 'x-api-key': 'not-a-key-of-anybody' },
  { authorization: 'Bearer e30.e30.e30' },
];

const UNAUTHENTICATED = rejectedWith(401, 'UNAUTHENTICATED');

/** Sends requests without a key, or with a wrong one. */
export const unauthenticated: Role = {
  name: 'unauthenticated',
  weight: 1,
  async play(customer) {
    const spec = pick(customer.random, REQUESTS);
    const headers = { ...spec.headers, ...pick(customer.random, KEYS) };
    customer.judge(await customer.sendUnauthenticated({ ...spec, headers }), UNAUTHENTICATED);
    await customer.pause(10, 40);
  },
};
