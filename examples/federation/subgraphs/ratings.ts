import type { JobKeys } from './jobs.ts';
import type { Resolvers } from './serve.ts';

const COMMENTS = ['Warm and clear.', 'A little fast.', 'I could listen for hours.'];

/** Refers to jobs by `jobId`, and adds a field to them. Every job has a rating, every second one has another. */
export function ratingsOf(jobs: readonly JobKeys[]): Resolvers {
  const rated = [...jobs, ...jobs.filter((_, index) => index % 2 === 0)];
  const ratings = rated.map(({ jobId }, index) => ({
    id: String(index + 1),
    stars: 5 - (index % 3),
    comment: COMMENTS[index % 3],
    job: { jobId },
  }));
  return {
    Query: {
      ratings: (_, { first }: { first: number }) => ratings.slice(0, first),
    },
    CustomizedVoiceJob: {
      ratings: ({ jobId }: { jobId: string }) => ratings.filter(({ job }) => job.jobId === jobId),
    },
  };
}
