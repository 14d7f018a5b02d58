/** The lists of the gateway's schema. */
export type ListType = 'BASIC' | 'STANDARD';

/** A request for a page, as a client makes it. */
export interface PageAsk {
  readonly type: ListType;
  readonly first: number;
  /** Number of rows before the page, a multiple of `first`. */
  readonly offset: number;
  /** End cursor of the previous page; null for the first page. */
  readonly after: string | null;
}

/** A page, as a client reads it. */
export interface PageSeen {
  readonly jobIds: readonly string[];
  readonly totalCount: number;
  /** Undefined if the server has no cursors. */
  readonly endCursor?: string | null;
}

/** How a server's pages are requested and read. */
export interface Dialect {
  /** Number of fields requested per job, its cursor included. */
  readonly fieldsOfJob: number;
  /** Returns a request body. */
  ask(page: PageAsk): string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's; what does not fit it fails the bench
  read(data: any): PageSeen;
}

const CONNECTION_QUERY = `query Jobs($type: CustomizedVoiceJobTypeFilter!, $first: Int!, $after: String) {
  customizedVoiceJobs(type: $type, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges {
      cursor
      node {
        id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate
      }
    }
  }
}`;

/** The gateway's dialect: a Relay connection. */
export const connection: Dialect = {
  fieldsOfJob: 13,
  ask: ({ type, first, after }) =>
    JSON.stringify({ query: CONNECTION_QUERY, variables: { type, first, after } }),
  read({ customizedVoiceJobs: { totalCount, pageInfo, edges } }) {
    const jobIds = edges.map((edge: { node: { jobId: string } }) => edge.node.jobId);
    return { jobIds, totalCount, endCursor: pageInfo.endCursor };
  },
};

/** Requests as many fields as the connection has; fields that the upstream lacks are replaced by aliases of others. */
const PAGES_QUERY = `query Jobs($PageNo: Int!, $PageSize: Int!, $Type: String!) {
  customizedVoiceJobs(PageNo: $PageNo, PageSize: $PageSize, Type: $Type) {
    hasNextPage: Success hasPreviousPage: Success startCursor: RequestId endCursor: RequestId
    Data {
      TotalCount
      CustomizedVoiceJobList {
        cursor: JobId id: JobId
        JobId VoiceId Status Message VoiceName VoiceDesc Type Gender Scenario CreateTime GmtCreate
      }
    }
  }
}`;

/** Passes the upstream's page numbers on. */
export const pages: Dialect = {
  fieldsOfJob: 13,
  ask({ type, first, offset }) {
    const variables = {
      PageNo: offset / first + 1,
      PageSize: first,
      Type: type === 'BASIC' ? 'Basic' : 'Standard',
    };
    return JSON.stringify({ query: PAGES_QUERY, variables });
  },
  read({ customizedVoiceJobs: { Data } }) {
    const jobIds = Data.CustomizedVoiceJobList.map((job: { JobId: string }) => job.JobId);
    return { jobIds, totalCount: Data.TotalCount };
  },
};
