import { ask } from '../ask.ts';

/** What neighbours know of a job: one its `jobId`, the other its global id. */
export interface JobKeys {
  readonly jobId: string;
  readonly id: string;
}

const FIRST_JOBS = '{ customizedVoiceJobs(first: 60) { nodes { jobId id } } }';

/** Real neighbours have the keys in their databases. These have none, and take those of jobs that the gateway lists. */
export async function readJobs(gatewayUrl: string): Promise<JobKeys[]> {
  const data = await ask<{ customizedVoiceJobs: { nodes: JobKeys[] } }>(`${gatewayUrl}/graphql`, FIRST_JOBS);
  return data.customizedVoiceJobs.nodes;
}
