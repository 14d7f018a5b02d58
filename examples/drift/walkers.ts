import { objectOf } from '../../src/foreign-values.ts';
import type { ImsClient } from '../../src/upstream/ims.ts';
import { JOB_LISTS } from '../../src/voice-jobs/job-list.ts';

/** One page as a client received it. */
export interface SeenPage {
  readonly jobIds: readonly string[];
  /** Whether the client knows that the list ends here. */
  readonly isLast: boolean;
}

/** Reads page numbers as the upstream offers them, one page per `next()`. */
export async function* byPageNumber(ims: ImsClient, pageSize: number): AsyncGenerator<SeenPage, undefined> {
  for (let pageNo = 1; ; pageNo++) {
    const { rows, totalCount } = await ims.page(JOB_LISTS, 'Basic', pageNo, pageSize);
    const isLast = pageNo * pageSize >= totalCount;
    yield { jobIds: rows.map((row) => String(objectOf(row)?.JobId)), isLast };
    if (isLast) return;
  }
}

const NEXT_PAGE = `query ($first: Int!, $after: String) {
  customizedVoiceJobs(first: $first, after: $after) { nodes { jobId } pageInfo { endCursor hasNextPage } }
}`;

interface NextPage {
  readonly data?: {
    readonly customizedVoiceJobs: {
      readonly nodes: readonly { readonly jobId: string }[];
      readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
    };
  };
  readonly errors?: unknown;
}

/**
 * Follows `endCursor` of the gateway at `url`, one page per `next()`.
 *
 * @throws Error with the response when it is not a page
 */
export async function* byCursor(url: string, first: number): AsyncGenerator<SeenPage, undefined> {
  for (let after: string | null = null; ; ) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: NEXT_PAGE, variables: { first, after } }),
    });
    const answer = (await response.json()) as NextPage;
    if (answer.data === undefined || answer.errors !== undefined) throw new Error(JSON.stringify(answer));
    const { nodes, pageInfo } = answer.data.customizedVoiceJobs;
    yield { jobIds: nodes.map(({ jobId }) => jobId), isLast: !pageInfo.hasNextPage };
    if (!pageInfo.hasNextPage) return;
    after = pageInfo.endCursor;
  }
}
