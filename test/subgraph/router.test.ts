import { execFile } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { folderOf, install } from '../../examples/install.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { type Router, startRouter } from './router.ts';

/** Number of jobs that the neighbours know, and of ratings and campaigns that refer to them. */
const JOBS = 60;
const RATINGS = 90;
const CAMPAIGNS = 12;

let gateway: GatewayUnderTest;
let router: Router;
let seeded: readonly JobRow[];

beforeAll(async () => {
  await install('federation');
  gateway = await startGateway();
  seeded = gateway.emulator.list('Basic');
  router = await startRouter(gateway.origin);
}, 900_000);

beforeEach(() => {
  gateway.emulator.clearFaults();
  gateway.emulator.replace('Basic', seeded);
  gateway.emulator.resetCalls();
});

afterAll(async () => {
  await router?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

interface Rating {
  readonly id: string;
  readonly stars: number;
  readonly job: { readonly jobId: string };
}

/** The ratings from the neighbour itself, which knows only job ids. */
async function ratingsAlone(): Promise<Rating[]> {
  const { data } = await router.askNeighbour(
    'ratings',
    `{ ratings(first: ${RATINGS}) { id stars job { jobId } } }`,
  );
  expect(data.ratings).toHaveLength(RATINGS);
  return data.ratings;
}

/** The campaigns from the other neighbour, which knows only global ids. */
async function campaignsAlone(): Promise<{ id: string; name: string; voice: { id: string } }[]> {
  const { data } = await router.askNeighbour(
    'campaigns',
    `{ campaigns(first: ${CAMPAIGNS}) { edges { node { id name voice { id } } } } }`,
  );
  expect(data.campaigns.edges).toHaveLength(CAMPAIGNS);
  return data.campaigns.edges.map(({ node }: { node: unknown }) => node);
}

const globalId = ({ JobId }: JobRow) => Buffer.from(`CustomizedVoiceJob:${JobId}`).toString('base64');
const idsOf = (rows: readonly JobRow[]) => rows.map((row) => row.JobId);
const rowNow = (jobId: string) => gateway.emulator.list('Basic').find((row) => row.JobId === jobId);
const rowOf = (jobId: string) => seeded.find((row) => row.JobId === jobId);
const jobIdsAskedFor = () => gateway.emulator.calls.map(({ params }) => params.JobId);
const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

test('the example type-checks', async () => {
  await promisify(execFile)('npm', ['run', 'check', '--silent'], { cwd: folderOf('federation') });
});

test('the query that the example prints joins subgraphs in every direction', async () => {
  const query = await readFile(join(folderOf('federation'), 'query.graphql'), 'utf8');
  expect(router.output()).toContain(query);
  const { data, errors } = await router.ask(query);
  expect(errors).toBeUndefined();
  expect(data.customizedVoiceJobs.nodes[0]).toEqual({
    voiceName: seeded[0]?.VoiceName,
    ratings: [
      { stars: 5, comment: 'Warm and clear.' },
      { stars: 5, comment: 'Warm and clear.' },
    ],
  });
  expect(data.ratings[1]).toEqual({
    stars: 4,
    job: { voiceName: seeded[1]?.VoiceName, status: 'AUDIO_DETECTING' },
  });
  expect(data.campaigns.edges[1].node.voice).toEqual({
    voiceName: seeded[5]?.VoiceName,
    ratings: [{ stars: 3 }],
  });
});

describe('joins from the gateway to a neighbour', () => {
  test('return the neighbour’s fields of listed jobs for the cost of their page', async () => {
    const ratings = await ratingsAlone();
    const { data, errors } = await router.ask(
      `{ customizedVoiceJobs(first: ${JOBS}) { nodes { jobId voiceName ratings { id stars } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.customizedVoiceJobs.nodes).toEqual(
      seeded.slice(0, JOBS).map(({ JobId, VoiceName }) => ({
        jobId: JobId,
        voiceName: VoiceName,
        ratings: ratings.filter(({ job }) => job.jobId === JobId).map(({ id, stars }) => ({ id, stars })),
      })),
    );
    expect(gateway.emulator.calls.map(({ action }) => action)).toEqual(['ListCustomizedVoiceJobs']);
  });
});

describe('joins from a neighbour to the gateway', () => {
  test('read 60 jobs once each for a list that refers to them 90 times by jobId', async () => {
    const ratings = await ratingsAlone();
    expect(distinct(ratings.map(({ job }) => job.jobId))).toHaveLength(JOBS);
    const { data, errors } = await router.ask(
      `{ ratings(first: ${RATINGS}) { id job { id jobId voiceName } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.ratings).toEqual(
      ratings.map(({ id, job: { jobId } }) => {
        const row = rowOf(jobId) as JobRow;
        return { id, job: { id: globalId(row), jobId, voiceName: row.VoiceName } };
      }),
    );
    expect(jobIdsAskedFor().sort()).toEqual(distinct(ratings.map(({ job }) => job.jobId)).sort());
    expect(gateway.emulator.calls).toHaveLength(JOBS);
  });

  test('resolve a job of a neighbour, its voice, and lists of voices beside it', async () => {
    const { data, errors } = await router.ask(
      `{ ratings(first: ${RATINGS}) { job { jobId voice { voiceId type } } } customizedVoices(first: 2) { nodes { id voiceId } } }`,
    );
    expect(errors).toBeUndefined();
    for (const { job } of data.ratings) {
      const row = rowOf(job.jobId);
      expect(job.voice?.voiceId).toBe(row?.Status === 'Success' ? row.VoiceId : undefined);
    }
    const voices = gateway.emulator.voices('Basic').slice(0, 2);
    expect(data.customizedVoices.nodes).toEqual(
      voices.map(({ VoiceId }) => ({ id: btoa(`CustomizedVoice:${VoiceId}`), voiceId: VoiceId })),
    );
  });

  test('read jobs once each for a connection that refers to them by global id, with 12 calls', async () => {
    const campaigns = await campaignsAlone();
    const { data, errors } = await router.ask(
      `{ campaigns(first: ${CAMPAIGNS}) { edges { node { id name voice { jobId voiceName ratings { stars } } } } } }`,
    );
    expect(errors).toBeUndefined();
    const ratings = await ratingsAlone();
    expect(data.campaigns.edges.map(({ node }: { node: unknown }) => node)).toEqual(
      campaigns.map(({ id, name, voice }) => {
        const row = seeded.find((job) => globalId(job) === voice.id);
        return {
          id,
          name,
          voice: {
            jobId: row?.JobId,
            voiceName: row?.VoiceName,
            ratings: ratings.filter(({ job }) => job.jobId === row?.JobId).map(({ stars }) => ({ stars })),
          },
        };
      }),
    );
    expect(gateway.emulator.calls).toHaveLength(CAMPAIGNS);
  });

  test('read jobs separately for two steps of one query plan', async () => {
    const { errors } = await router.ask(`{
      ratings(first: ${RATINGS}) { job { voiceName } }
      campaigns(first: ${CAMPAIGNS}) { edges { node { voice { voiceName } } } }
    }`);
    expect(errors).toBeUndefined();
    expect(gateway.emulator.calls).toHaveLength(JOBS + CAMPAIGNS);
  });

  test('return null without an error for a deleted job', async () => {
    const ratings = await ratingsAlone();
    const [, deleted] = seeded as [JobRow, JobRow];
    gateway.emulator.remove(deleted.JobId);
    const { data, errors } = await router.ask(`{ ratings(first: ${RATINGS}) { job { jobId voiceName } } }`);
    expect(errors).toBeUndefined();
    expect(data.ratings).toEqual(
      ratings.map(({ job: { jobId } }) => ({ job: { jobId, voiceName: rowNow(jobId)?.VoiceName ?? null } })),
    );
    expect(rowNow(deleted.JobId)).toBeUndefined();
  });

  test('return null for the whole job if the neighbour lacks a non-null field of it', async () => {
    const [, deleted] = seeded as [JobRow, JobRow];
    gateway.emulator.remove(deleted.JobId);
    const { data, errors } = await router.ask(`{ ratings(first: ${JOBS}) { job { id } } }`);
    expect(data.ratings).toEqual(
      seeded.slice(0, JOBS).map((row) => ({ job: row === deleted ? null : { id: globalId(row) } })),
    );
    expect(errors?.map(({ path }) => path)).toEqual([['ratings', 1, 'job', 'id']]);
  });

  test('return an error for an unreadable job, and the others', async () => {
    const [, broken] = seeded as [JobRow, JobRow];
    gateway.emulator.fault({ kind: 'html' }, { when: ({ params }) => params.JobId === broken.JobId });
    const { data, errors } = await router.ask(`{ ratings(first: ${JOBS}) { job { voiceName } } }`);
    expect(data.ratings.map(({ job }: { job: { voiceName: string | null } }) => job.voiceName)).toEqual(
      seeded.slice(0, JOBS).map((row) => (row === broken ? null : row.VoiceName)),
    );
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      path: ['ratings', 1, 'job', 'voiceName'],
      extensions: { code: 'UPSTREAM_UNAVAILABLE', serviceName: 'voice-jobs' },
    });
  });
});

describe('Relay pagination through the router', () => {
  const FORWARDS = `query ($after: String) {
    page: customizedVoiceJobs(first: 20, after: $after) {
      nodes { jobId ratings { id } }
      pageInfo { next: endCursor more: hasNextPage }
    }
  }`;
  const BACKWARDS = `query ($before: String) {
    page: customizedVoiceJobs(last: 20, before: $before) {
      nodes { jobId ratings { id } }
      pageInfo { next: startCursor more: hasPreviousPage }
    }
  }`;

  /** The ids of each page, up to the last page. */
  async function walk(query: string, argument: 'after' | 'before'): Promise<string[][]> {
    const pages: string[][] = [];
    for (let cursor: string | null = null; ; ) {
      const { data, errors } = await router.ask(query, { [argument]: cursor });
      expect(errors).toBeUndefined();
      pages.push(data.page.nodes.map(({ jobId }: { jobId: string }) => jobId));
      if (!data.page.pageInfo.more) return pages;
      cursor = data.page.pageInfo.next;
    }
  }

  test('walks 271 jobs by cursor, each once and in order, with one call per page', async () => {
    const pages = await walk(FORWARDS, 'after');
    expect(pages.flat()).toEqual(idsOf(seeded));
    expect(pages).toHaveLength(14);
    expect(gateway.emulator.calls).toHaveLength(14);
  });

  test('walks them backwards too', async () => {
    const pages = await walk(BACKWARDS, 'before');
    expect(pages.reverse().flat()).toEqual(idsOf(seeded));
  });

  test('walks each job once while new jobs are inserted before every page', async () => {
    const unsubscribe = gateway.emulator.beforePage(() => void gateway.emulator.insertMany('Basic', 2));
    const walked = (await walk(FORWARDS, 'after')).flat();
    unsubscribe();
    expect(gateway.emulator.list('Basic').length).toBeGreaterThan(seeded.length + 20);
    expect(walked.filter((jobId) => rowOf(jobId))).toEqual(idsOf(seeded));
    expect(distinct(walked)).toHaveLength(walked.length);
  });

  test('the node field of one subgraph resolves objects of another', async () => {
    const [job] = seeded as [JobRow];
    const [campaign] = await campaignsAlone();
    const NODE = `query ($id: ID!) {
      node(id: $id) { id ... on CustomizedVoiceJob { jobId voiceName } ... on Campaign { name } }
    }`;
    expect(await router.ask(NODE, { id: globalId(job) })).toEqual({
      data: { node: { id: globalId(job), jobId: job.JobId, voiceName: job.VoiceName } },
    });
    expect(await router.ask(NODE, { id: campaign?.id })).toEqual({
      data: { node: { id: campaign?.id, name: campaign?.name } },
    });
  });
});

test('the router forwards its request id and the caller’s credential to the gateway', async () => {
  const received: IncomingMessage['headers'][] = [];
  const listen = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.url === '/subgraph') received.push(request.headers);
  };
  diagnostics.subscribe('http.server.request.start', listen);
  await router.ask(
    '{ ratings { job { voiceName } } }',
    {},
    { 'x-request-id': 'mine', authorization: 'Bearer me' },
  );
  diagnostics.unsubscribe('http.server.request.start', listen);
  expect(received).toEqual([expect.objectContaining({ 'x-request-id': 'mine', authorization: 'Bearer me' })]);
  const logged = () => gateway.logged.filter(({ requestId }) => requestId === 'mine');
  await expect.poll(logged).toEqual([expect.objectContaining({ path: '/subgraph', status: 200 })]);
});

test('Ctrl-C stops the router and both neighbours', async () => {
  await using another = await startRouter(gateway.origin);
  expect(await another.interrupt()).toBe(0);
  await expect(another.ask('{ __typename }')).rejects.toThrow('fetch failed');
  await expect(another.askNeighbour('ratings', '{ __typename }')).rejects.toThrow('fetch failed');
  await expect(another.askNeighbour('campaigns', '{ __typename }')).rejects.toThrow('fetch failed');
});

// Last, because from here on the gateway knows the list lengths.
test('60 jobs cost the pages of their lists once the list lengths are known', async () => {
  await router.ask('{ customizedVoiceJobs(type: ALL) { totalCount } }');
  gateway.emulator.resetCalls();
  const { data } = await router.ask(`{ ratings(first: ${RATINGS}) { job { voiceName } } }`);
  const ratings = await ratingsAlone();
  expect(data.ratings).toEqual(
    ratings.map(({ job: { jobId } }) => ({ job: { voiceName: rowOf(jobId)?.VoiceName } })),
  );
  const actions = gateway.emulator.calls.map(({ action }) => action);
  expect(actions).toEqual(['ListCustomizedVoiceJobs', 'ListCustomizedVoiceJobs']);
});
