import { type Expectation, OK_OR_UPSTREAM_ERROR } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const BURST_SIZE = 40;

const OK_OR_RATE_LIMITED: Expectation = {
  ...OK_OR_UPSTREAM_ERROR,
  statuses: [200, 429],
  codes: [...OK_OR_UPSTREAM_ERROR.codes, 'RATE_LIMITED'],
};

/** Exceeds its rate limit, and checks Retry-After. */
export const overQuota: Role = {
  name: 'over quota',
  weight: 1,
  async play(customer) {
    for (let n = 0; n < BURST_SIZE && !customer.ended.aborted; n++) {
      const headers = { 'content-type': 'application/json' };
      const reply = await customer.send({ target: '/graphql', headers, body: '{"query":"{ __typename }"}' });
      customer.judge(reply, OK_OR_RATE_LIMITED);
      if (reply.status === 429 && !(Number(reply.headers['retry-after']) > 0))
        customer.recordUnexpected('429 without Retry-After', reply.requestId);
    }
    await customer.pause(50, 150);
  },
};
