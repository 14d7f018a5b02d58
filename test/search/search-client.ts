import type { JobRow, JobType } from '../../emulator/job.ts';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';

/** A filter as clients send it. */
export interface Filter {
  readonly text?: string | null;
  readonly status?: readonly string[] | null;
  readonly gender?: readonly string[] | null;
  readonly scenario?: readonly string[] | null;
  readonly createdFrom?: string | null;
  readonly createdBefore?: string | null;
}

/** Variables of {@link SEARCH}. */
export interface SearchVariables {
  readonly filter: Filter;
  readonly type?: 'BASIC' | 'STANDARD' | 'ALL';
  readonly first?: number;
  readonly last?: number;
  readonly after?: string | null;
  readonly before?: string | null;
}

const DEFINITIONS =
  '$filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter! = ALL, $first: Int, $after: String, $last: Int, $before: String';
const ARGUMENTS = 'filter: $filter, type: $type, first: $first, after: $after, last: $last, before: $before';
const FIELDS =
  'scannedCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { jobId } }';

export const SEARCH = `query (${DEFINITIONS}) { searchCustomizedVoiceJobs(${ARGUMENTS}) { ${FIELDS} } }`;
export const SEARCH_AND_COUNT = `query (${DEFINITIONS}) { searchCustomizedVoiceJobs(${ARGUMENTS}) { matchCount ${FIELDS} } }`;

/** One page with its ids in list order, and the number of upstream calls. */
export async function search(gateway: GatewayUnderTest, variables: SearchVariables, isCounted = false) {
  const before = gateway.emulator.calls.length;
  const answer = await gateway.ask(isCounted ? SEARCH_AND_COUNT : SEARCH, { ...variables });
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  const page = answer.data.searchCustomizedVoiceJobs;
  const edges: readonly { readonly cursor: string; readonly node: { readonly jobId: string } }[] = page.edges;
  return {
    ids: edges.map(({ node }) => node.jobId),
    cursors: edges.map(({ cursor }) => cursor),
    info: page.pageInfo as {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    },
    matchCount: page.matchCount as number | null | undefined,
    scannedCount: page.scannedCount as number,
    calls: gateway.emulator.calls.length - before,
  };
}

/** The errors of a rejected search. */
export async function refusal(gateway: GatewayUnderTest, variables: unknown): Promise<Answer['errors']> {
  return (await gateway.ask(SEARCH, variables as Record<string, unknown>)).errors;
}

/** Expected rows of a list, newest first. */
export function rowsOf(gateway: GatewayUnderTest, type: 'BASIC' | 'STANDARD' | 'ALL'): JobRow[] {
  const lists: Record<typeof type, readonly JobType[]> = {
    BASIC: ['Basic'],
    STANDARD: ['Standard'],
    ALL: ['Basic', 'Standard'],
  };
  const rows = lists[type].flatMap((one) => gateway.emulator.list(one));
  // A stable sort: within one second, rows of the Basic list are first.
  return type === 'ALL'
    ? rows.sort((one, other) =>
        one.CreateTime < other.CreateTime ? 1 : one.CreateTime > other.CreateTime ? -1 : 0,
      )
    : rows;
}
