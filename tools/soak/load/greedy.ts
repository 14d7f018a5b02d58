import { ANSWERED, type Expectation } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const IN_ONE_GO = 40;

const SERVED_OR_NOT: Expectation = {
  ...ANSWERED,
  statuses: [200, 429],
  codes: [...ANSWERED.codes, 'RATE_LIMITED'],
};

/** Exceeds its rate limit, and checks Retry-After. */
export const greedy: Role = {
  name: 'greedy',
  weight: 1,
  async play(customer) {
    for (let n = 0; n < IN_ONE_GO && !customer.ended.aborted; n++) {
      const headers = { 'content-type': 'application/json' };
      const reply = await customer.send({ target: '/graphql', headers, body: '{"query":"{ __typename }"}' });
      customer.judge(reply, SERVED_OR_NOT);
      if (reply.status === 429 && !(Number(reply.headers['retry-after']) > 0))
        customer.complain('429 without Retry-After', reply.requestId);
    }
    await customer.pause(50, 150);
  },
};
