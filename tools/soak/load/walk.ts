import { pick } from '../../../emulator/random.ts';
import type { Customer } from '../customer.ts';
import { type ListName, WalkAccount } from '../judge/walk-account.ts';
import { CACHE_MS } from '../settings.ts';
import type { Role } from './role.ts';

const QUERY = `query Walk($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
  customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { jobId status voiceName createTime }
  }
}`;

/** Maximum number of attempts per page: enough to outlast any failure of the upstream. */
const MAX_ATTEMPTS = 40;

/** Walks a whole list in one direction, whatever the upstream does, and checks the rows. */
export const walk: Role = {
  name: 'walk',
  weight: 8,
  async play(customer) {
    const { random, lists } = customer;
    const type = pick(random, ['BASIC', 'BASIC', 'STANDARD', 'ALL'] as const satisfies ListName[]);
    const path = random() < 0.3 ? '/subgraph' : '/graphql';
    const rows = pick(random, [5, 7, 10, 10, 20, 33, 50, 77, 100]);
    const isForward = random() < 0.6;
    const account = new WalkAccount(lists, type, performance.now() - CACHE_MS);
    let cursor: string | null = null;
    for (;;) {
      const page = await ask(customer, path, {
        type,
        ...(isForward ? { first: rows, after: cursor } : { last: rows, before: cursor }),
      });
      if (page === undefined) return;
      const seen = page.nodes.map(({ jobId }: { jobId: string }) => jobId);
      for (const wrong of account.page(seen)) customer.recordUnexpected(wrong.what, wrong.jobId);
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
      cursor = isForward ? endCursor : startCursor;
      if (!(isForward ? hasNextPage : hasPreviousPage) || cursor === null) break;
      await customer.pause(5, 40);
    }
    const missed = account.end();
    if (missed !== undefined) customer.recordUnexpected(missed.what, missed.jobId);
    await customer.pause(20, 100);
  },
};

/** Requests a page until it succeeds; undefined if the walk is given up. */
async function ask(customer: Customer, path: string, variables: Record<string, unknown>) {
  for (let attempts = 0; attempts < MAX_ATTEMPTS && !customer.ended.aborted; attempts++) {
    const data = await customer.ask(QUERY, variables, { path });
    if (data !== undefined) return data.customizedVoiceJobs;
    await customer.pause(200, 600);
  }
  if (!customer.ended.aborted) customer.note('walk aborted');
  return undefined;
}
