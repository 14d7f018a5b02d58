import { apollo } from '../client/apollo.ts';
import { isEmpty, type JobFilter, keyOf, toInput } from '../filter/filter.ts';
import { type SearchPage, SearchReader } from '../filter/search-reader.ts';
import {
  type CustomizedVoiceJobFilter,
  type CustomizedVoiceJobTypeFilter,
  JobSearchCountDocument,
  JobSearchPageDocument,
  JobsPageDocument,
} from '../generated/graphql.ts';
import type { Page } from '../list/segment.ts';
import { ListReader, type PageArguments } from '../table/list-reader.ts';

type Type = CustomizedVoiceJobTypeFilter;

const PAGE = 100;

/** Maximum number of cached searches; the least recently used is evicted first. */
const MAX_SEARCHES = 10;

const readers = new Map<Type, ListReader>();
const searches = new Map<string, SearchReader>();

/**
 * Reader of the jobs of an edition that match a filter. Cached, so that a view that is opened again still has its rows.
 */
export const readerOf = (type: Type, filter: JobFilter): ListReader | SearchReader =>
  isEmpty(filter) ? listReaderOf(type) : searchReaderOf(type, filter);

function listReaderOf(type: Type): ListReader {
  const before = readers.get(type);
  if (before !== undefined) return before;
  const reader = new ListReader((args) => readPage(type, args), 'newest first');
  readers.set(type, reader);
  return reader;
}

function searchReaderOf(type: Type, filter: JobFilter): SearchReader {
  const key = `${type} ${keyOf(filter)}`;
  const input = toInput(filter);
  const reader =
    searches.get(key) ??
    new SearchReader({
      read: (first, after) => readMatches(type, input, first, after),
      count: () => countMatches(type, input),
    });
  searches.delete(key);
  searches.set(key, reader);
  const [oldest] = searches.keys();
  if (searches.size > MAX_SEARCHES && oldest !== undefined) searches.delete(oldest);
  return reader;
}

/**
 * Ids of the jobs of a list, page by page: of a search only as far as its reader has searched, otherwise to the end.
 */
export async function* idsOf(type: Type, filter: JobFilter): AsyncGenerator<readonly string[], void> {
  const reader = readerOf(type, filter);
  if (reader instanceof ListReader) {
    for (let after: string | undefined; ; ) {
      const { rows, hasNext } = await readPage(type, { first: PAGE, ...(after !== undefined && { after }) });
      yield rows.map(({ id }) => id);
      after = rows.at(-1)?.cursor;
      if (!hasNext || after === undefined) return;
    }
  }
  const { pauses, isPaused } = reader.snapshot().search;
  let pausesLeft = isPaused ? pauses - 1 : pauses;
  for (let after: string | null = null; ; ) {
    const { rows, hasNext, endCursor } = await readMatches(type, toInput(filter), PAGE, after);
    yield rows.map(({ id }) => id);
    after = endCursor;
    if (!hasNext || after === null) return;
    if (rows.length === PAGE) continue;
    if (pausesLeft === 0) return;
    pausesLeft -= 1;
  }
}

/** Reads a page. Its jobs go into Apollo's cache, from where rows read them; returns their order. */
async function readPage(type: Type, args: PageArguments): Promise<Page> {
  const { data } = await apollo.query({
    query: JobsPageDocument,
    variables: { type, ...args },
    fetchPolicy: 'network-only',
  });
  if (data === undefined) throw new Error('a response without errors and without data');
  const { edges, pageInfo, totalCount } = data.customizedVoiceJobs;
  return {
    rows: edges.map(({ cursor, node }) => ({ id: node.id, cursor })),
    hasPrevious: pageInfo.hasPreviousPage,
    hasNext: pageInfo.hasNextPage,
    total: totalCount,
  };
}

/** Searches for the first matches after a cursor. */
async function readMatches(
  type: Type,
  filter: CustomizedVoiceJobFilter,
  first: number,
  after: string | null,
): Promise<SearchPage> {
  const { data } = await apollo.query({
    query: JobSearchPageDocument,
    variables: { type, filter, first, after },
    fetchPolicy: 'network-only',
  });
  if (data === undefined) throw new Error('a response without errors and without data');
  const { edges, pageInfo, scannedCount } = data.searchCustomizedVoiceJobs;
  return {
    rows: edges.map(({ cursor, node }) => ({ id: node.id, cursor })),
    hasNext: pageInfo.hasNextPage,
    endCursor: pageInfo.endCursor,
    scanned: scannedCount,
    total: data.customizedVoiceJobs.totalCount,
  };
}

/** Counts the matches in the whole list; null when one search cannot examine all of it. */
async function countMatches(type: Type, filter: CustomizedVoiceJobFilter): Promise<number | null> {
  const { data } = await apollo.query({
    query: JobSearchCountDocument,
    variables: { type, filter },
    fetchPolicy: 'network-only',
  });
  return data?.searchCustomizedVoiceJobs.matchCount ?? null;
}
