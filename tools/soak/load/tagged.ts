import { pick } from '../../../emulator/random.ts';
import { ANSWERED } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const PAGES = [1, 10, 25].map(
  (first) => `{ customizedVoiceJobs(first: ${first}) { totalCount nodes { jobId status } } }`,
);

const NEW_OR_NOT = { ...ANSWERED, statuses: [200, 304] };

/** Sends a GET request twice, the second time with the ETag of the first response. */
export const tagged: Role = {
  name: 'tagged',
  weight: 2,
  async play(customer) {
    const target = `/graphql?${new URLSearchParams({ query: pick(customer.random, PAGES) })}`;
    const first = await customer.send({ target });
    customer.judge(first);
    await customer.pause(5, 50);
    const { etag } = first.headers;
    if (typeof etag !== 'string') return;
    const second = await customer.send({ target, headers: { 'if-none-match': etag } });
    customer.judge(second, NEW_OR_NOT);
    if (second.status === 304 && second.text !== '') customer.complain('a 304 with a body', second.requestId);
    if (second.status === 200 && second.headers.etag === etag)
      customer.complain('sent again what the client has', second.requestId);
    await customer.pause(20, 60);
  },
};
