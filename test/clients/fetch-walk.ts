const QUERY = `
  query VoiceJobs($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
    customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before) {
      nodes { jobId voiceName status createTime }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    }
  }
`;

interface Job {
  jobId: string;
  voiceName: string | null;
  status: string | null;
  createTime: string | null;
}

interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
  hasPreviousPage: boolean;
  startCursor: string | null;
}

interface Answer {
  data: { customizedVoiceJobs: { nodes: Job[]; pageInfo: PageInfo } };
  errors?: { message: string; extensions: { code: string } }[];
}

/** All jobs of a list: newest first, or oldest first when `backwards`. */
export async function* voiceJobs(
  url: string,
  type: 'BASIC' | 'STANDARD' | 'ALL',
  { backwards = false, pageSize = 100 } = {},
): AsyncGenerator<Job> {
  let cursor: string | null = null;
  for (let goesOn = true; goesOn; ) {
    const page = backwards ? { last: pageSize, before: cursor } : { first: pageSize, after: cursor };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUERY, variables: { type, ...page } }),
    });
    const { data, errors } = (await response.json()) as Answer;
    if (errors?.[0]) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`);
    const { nodes, pageInfo } = data.customizedVoiceJobs;
    yield* backwards ? nodes.reverse() : nodes;
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
    goesOn = backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
  }
}
