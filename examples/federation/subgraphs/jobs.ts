import { ask } from '../ask.ts';

/** How other subgraphs refer to a job: one by its `jobId`, the other by its global id. */
export interface JobKeys {
  readonly jobId: string;
  readonly id: string;
}

const FIRST_JOBS = '{ customizedVoiceJobs(first: 60) { nodes { jobId id } } }';

/** Real subgraphs have the keys in their databases. These take the jobs that the gateway lists. */
export async function readJobs(gatewayUrl: string): Promise<JobKeys[]> {
  const data = await ask<{ customizedVoiceJobs: { nodes: JobKeys[] } }>(`${gatewayUrl}/graphql`, FIRST_JOBS);
  return data.customizedVoiceJobs.nodes;
}
