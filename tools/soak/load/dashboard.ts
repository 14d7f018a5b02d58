import { pick } from '../../../emulator/random.ts';
import type { Role } from './role.ts';

const QUERIES = [
  '{ customizedVoiceJobs(first: 10) { totalCount nodes { jobId voiceName status createTime } } }',
  '{ customizedVoiceJobs(type: STANDARD, first: 20) { totalCount edges { cursor node { id status message } } } }',
  '{ customizedVoiceJobs(type: ALL, first: 5) { totalCount nodes { jobId type gender scenario } } }',
];

/** Repeats a few queries, byte for byte. */
export const dashboard: Role = {
  name: 'dashboard',
  weight: 5,
  async play(customer) {
    const data = await customer.ask(pick(customer.random, QUERIES));
    const rows = data?.customizedVoiceJobs.nodes ?? [];
    for (const { jobId } of rows) {
      if (jobId !== undefined && customer.lists.lifetime(jobId) === undefined)
        customer.recordUnexpected('a row that is not in the list', jobId);
    }
    await customer.pause(20, 60);
  },
};
