import { pick } from '../../../emulator/random.ts';
import type { Asked } from '../client.ts';
import { refusedWith } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const BODY = '{"query":"{ customizedVoiceJobs { totalCount } }"}';
const JSON_TYPE = { 'content-type': 'application/json' };

const WAYS: readonly Asked[] = [
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

const SHUT_OUT = refusedWith(401, 'UNAUTHENTICATED');

/** Sends requests without a key, or with a wrong one. */
export const stranger: Role = {
  name: 'stranger',
  weight: 1,
  async play(customer) {
    const asked = pick(customer.random, WAYS);
    const headers = { ...asked.headers, ...pick(customer.random, KEYS) };
    customer.judge(await customer.sendAsStranger({ ...asked, headers }), SHUT_OUT);
    await customer.pause(10, 40);
  },
};
