import type { JobKeys } from './jobs.ts';
import type { Resolvers } from './serve.ts';

const NAMES = ['Spring sale', 'Night trains', 'City museum', 'New timetable', 'Book fair', 'Blood donation'];

/** Global ids as Relay servers usually build them: `node` reads the type from them. */
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const typeOf = (id: string) => Buffer.from(id, 'base64').toString().split(':')[0];

/** Refers to jobs by `id`, as a Relay server refers to any object. Every fifth voice has a campaign. */
export function campaignsOf(jobs: readonly JobKeys[]): Resolvers {
  const voices = jobs.filter((_, index) => index % 5 === 0);
  const campaigns = voices.map(({ id }, index) => ({
    id: globalId('Campaign', String(index + 1)),
    name: NAMES[index % NAMES.length],
    voice: { id },
  }));
  return {
    Query: {
      campaigns: (_, page: PageArguments) => connectionOf(campaigns, page),
      // The id of a job suffices: the router fetches the rest from the gateway.
      node: (_, { id }: { id: string }) =>
        typeOf(id) === 'CustomizedVoiceJob' ? { id } : campaigns.find((campaign) => campaign.id === id),
    },
    Node: {
      __resolveType: ({ id }: { id: string }) => typeOf(id),
    },
  };
}

interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

function connectionOf(rows: readonly { readonly id: string }[], { first, after }: PageArguments) {
  const start = rows.findIndex(({ id }) => id === after) + 1;
  const edges = rows.slice(start, start + first).map((node) => ({ node, cursor: node.id }));
  return {
    edges,
    pageInfo: {
      hasNextPage: start + first < rows.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
