import { pick } from '../../../emulator/random.ts';
import type { Customer } from '../customer.ts';
import type { Role } from './role.ts';

const JOB = 'query ($id: ID!) { customizedVoiceJob(jobId: $id) { jobId status gmtCreate } }';
const NODE = 'query ($id: ID!) { node(id: $id) { id ... on CustomizedVoiceJob { jobId voiceId } } }';
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CustomizedVoiceJob { jobId status } } }';

const globalId = (jobId: string) => btoa(`CustomizedVoiceJob:${jobId}`);

/** Number of ids that do not exist: enough to outlast the cache, and no more, because memory of all of them is measured. */
const UNKNOWN_IDS = 2000;

/** Looks jobs up by id: one, several, and some that do not exist. */
export const lookup: Role = {
  name: 'lookup',
  weight: 4,
  async play(customer) {
    await pick(customer.random, [job, job, node, nodes, unknown])(customer);
    await customer.pause(20, 80);
  },
};

async function job(customer: Customer): Promise<void> {
  const id = customer.lists.someId(customer.random);
  const data = await customer.ask(JOB, { id });
  if (data?.customizedVoiceJob != null && data.customizedVoiceJob.jobId !== id)
    customer.recordUnexpected('a job other than the requested one', id);
}

async function node(customer: Customer): Promise<void> {
  await customer.ask(NODE, { id: globalId(customer.lists.someId(customer.random)) });
}

async function nodes(customer: Customer): Promise<void> {
  const ids = Array.from({ length: 1 + Math.floor(customer.random() * 20) }, () =>
    customer.lists.someId(customer.random),
  );
  const data = await customer.ask(NODES, { ids: ids.map(globalId) });
  if (data !== undefined && data.nodes.length !== ids.length)
    customer.recordUnexpected('a number of nodes other than requested', String(ids.length));
}

async function unknown(customer: Customer): Promise<void> {
  const id = `unknown-${Math.floor(customer.random() * UNKNOWN_IDS)}`;
  const data = await customer.ask(JOB, { id });
  if (data !== undefined && data.customizedVoiceJob !== null)
    customer.recordUnexpected('a job for an unknown id', id);
}
