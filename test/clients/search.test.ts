import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import {
  type CustomizedVoiceJobFilter,
  FindJobsDocument,
  type FindJobsQuery,
} from '../../examples/operations/generated/graphql.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { rowsOf } from '../search/search-client.ts';
import { createClient as createApollo } from './apollo-scroll.ts';
import { createClient as createUrql } from './urql-scroll.ts';

const FEMALE: CustomizedVoiceJobFilter = { gender: ['FEMALE'] };
const FAILED: CustomizedVoiceJobFilter = { status: ['FAIL'] };

const idsOf = (gateway: GatewayUnderTest, matches: (row: JobRow) => boolean) =>
  rowsOf(gateway, 'ALL')
    .filter(matches)
    .map(({ JobId }) => JobId);

/** Apollo Client as an app pages through a search: a watched query whose filter can be changed. */
function watchSearch(url: string, first: number) {
  const client = createApollo(url);
  const found = client.watchQuery({ query: FindJobsDocument, variables: { filter: FEMALE, first } });
  const subscription = found.subscribe(() => {});
  const shown = (): FindJobsQuery['searchCustomizedVoiceJobs'] => {
    const { data, dataState } = found.getCurrentResult();
    if (dataState !== 'complete') throw new Error('the search has not arrived');
    return (data as FindJobsQuery).searchCustomizedVoiceJobs;
  };
  return {
    shown,
    ids: () => shown().edges.map(({ node }) => node.jobId),
    arrived: () =>
      firstValueFrom(found.pipe(filter(({ loading, dataState }) => !loading && dataState === 'complete'))),
    more: () => found.fetchMore({ variables: { after: shown().pageInfo.endCursor } }),
    refilter: (changed: CustomizedVoiceJobFilter) => found.setVariables({ filter: changed, first }),
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}

test('Apollo Client scrolls a search, changes the filter in the middle, and returns to the first one where it was', async () => {
  await using gateway = await startGateway();
  const females = idsOf(gateway, ({ Gender }) => Gender === 'female');
  const failed = idsOf(gateway, ({ Status }) => Status === 'Fail');
  using search = watchSearch(`${gateway.origin}/graphql`, 10);
  await search.arrived();
  await search.more();
  await expect.poll(search.ids).toEqual(females.slice(0, 20));
  expect(search.shown().matchCount).toBe(females.length);

  await search.refilter(FAILED);
  expect(search.ids()).toEqual(failed.slice(0, 10));
  while (search.shown().pageInfo.hasNextPage) {
    const before = search.ids().length;
    await search.more();
    await expect.poll(() => search.ids().length).toBeGreaterThan(before);
  }
  expect(search.ids()).toEqual(failed);

  gateway.emulator.resetCalls();
  await search.refilter(FEMALE);
  expect(search.ids()).toEqual(females.slice(0, 20));
  expect(gateway.emulator.calls).toEqual([]);
  await search.more();
  await expect.poll(search.ids).toEqual(females.slice(0, 30));
});

test('Apollo Client continues past the empty pages of a search that used up its calls before a match', async () => {
  await using gateway = await startGateway({ gateway: { limits: { searchCalls: 2 } } });
  const [last] = idsOf(gateway, () => true).slice(-1);
  using search = watchSearch(`${gateway.origin}/graphql`, 10);
  await search.arrived();
  await search.refilter({ text: String(last) });
  let pages = 1;
  for (; search.shown().pageInfo.hasNextPage; pages++) {
    const { endCursor } = search.shown().pageInfo;
    await search.more();
    await expect.poll(() => search.shown().pageInfo.endCursor).not.toBe(endCursor);
  }
  expect(search.ids()).toEqual([last]);
  expect(pages).toBeGreaterThan(1);
});

test('urql pages through a search, with a separate list for each filter', async () => {
  await using gateway = await startGateway();
  const client = createUrql(`${gateway.origin}/graphql`);
  const load = async (searched: CustomizedVoiceJobFilter, after: string | null = null) => {
    const { data, error } = await client.query(FindJobsDocument, { filter: searched, first: 10, after });
    if (data === undefined) throw error;
    return data.searchCustomizedVoiceJobs;
  };
  const females = idsOf(gateway, ({ Gender }) => Gender === 'female');
  const failed = idsOf(gateway, ({ Status }) => Status === 'Fail');
  const ids = ({ edges }: FindJobsQuery['searchCustomizedVoiceJobs']) => edges.map(({ node }) => node.jobId);
  let page = await load(FEMALE);
  page = await load(FEMALE, page.pageInfo.endCursor);
  expect(ids(page)).toEqual(females.slice(0, 20));
  expect(ids(await load(FAILED))).toEqual(failed.slice(0, 10));
  page = await load(FEMALE, page.pageInfo.endCursor);
  expect(ids(page)).toEqual(females.slice(0, 30));
});
