import { apollo } from '../client/apollo.ts';
import { type CustomizedVoiceJobTypeFilter, JobsPageDocument } from '../generated/graphql.ts';
import type { Page } from '../list/segment.ts';
import { ListReader, type Window } from '../table/reader.ts';

const readers = new Map<CustomizedVoiceJobTypeFilter, ListReader>();

/** The list of a type, as far as it was read: who comes back to it finds it as it was. */
export function readerOf(type: CustomizedVoiceJobTypeFilter): ListReader {
  const before = readers.get(type);
  if (before !== undefined) return before;
  const reader = new ListReader((window) => readPage(type, window), 'newest first');
  readers.set(type, reader);
  return reader;
}

/** Reads a page. Its jobs go into Apollo's cache, where rows find them; what comes back is their order. */
async function readPage(type: CustomizedVoiceJobTypeFilter, window: Window): Promise<Page> {
  const { data } = await apollo.query({
    query: JobsPageDocument,
    variables: { type, ...window },
    fetchPolicy: 'network-only',
  });
  if (data === undefined) throw new Error('an answer without errors and without data');
  const { edges, pageInfo, totalCount } = data.customizedVoiceJobs;
  return {
    rows: edges.map(({ cursor, node }) => ({ id: node.id, cursor })),
    hasPrevious: pageInfo.hasPreviousPage,
    hasNext: pageInfo.hasNextPage,
    total: totalCount,
  };
}
