import { pick } from '../../../emulator/random.ts';
import { OK_OR_UPSTREAM_ERROR } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const PAGES = [1, 10, 25].map(
  (first) => `{ customizedVoiceJobs(first: ${first}) { totalCount nodes { jobId status } } }`,
);

const OK_OR_NOT_MODIFIED = { ...OK_OR_UPSTREAM_ERROR, statuses: [200, 304] };

/** Sends a GET request twice, the second time with the ETag of the first response. */
export const conditional: Role = {
  name: 'conditional',
  weight: 2,
  async play(customer) {
    const target = `/graphql?${new URLSearchParams({ query: pick(customer.random, PAGES) })}`;
    const first = await customer.send({ target });
    customer.judge(first);
    await customer.pause(5, 50);
    const { etag } = first.headers;
    if (typeof etag !== 'string') return;
    const second = await customer.send({ target, headers: { 'if-none-match': etag } });
    customer.judge(second, OK_OR_NOT_MODIFIED);
    if (second.status === 304 && second.text !== '')
      customer.recordUnexpected('a 304 with a body', second.requestId);
    if (second.status === 200 && second.headers.etag === etag)
      customer.recordUnexpected('200 instead of 304 for a matching ETag', second.requestId);
    await customer.pause(20, 60);
  },
};
