import { pick } from '../../../emulator/random.ts';
import type { RequestSpec } from '../client.ts';
import { type Expectation, rejectedWith } from '../judge/verdict.ts';
import type { Role } from './role.ts';

type InvalidRequest = readonly [spec: RequestSpec, expectation: Expectation];

const JSON_TYPE = { 'content-type': 'application/json' };

const post = (body: string, headers: Record<string, string> = JSON_TYPE): RequestSpec => ({
  target: '/graphql',
  headers,
  body,
});
const query = (text: string, variables?: unknown) => post(JSON.stringify({ query: text, variables }));
const list = (args: string) => query(`{ customizedVoiceJobs(${args}) { totalCount } }`);

const INPUT = rejectedWith([200, 400], 'BAD_USER_INPUT');
const REQUEST = rejectedWith([400, 405, 406, 415], 'BAD_REQUEST');

const INVALID_REQUESTS: readonly InvalidRequest[] = [
  [list('first: 101'), INPUT],
  [list('first: 1, last: 1'), INPUT],
  [list('after: "page-2"'), INPUT],
  [query('query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }', { n: 'ten' }), INPUT],
  [query('{ customizedVoiceJob(jobId: " ") { jobId } }'), INPUT],
  [query('{ node(id: "42") { id } }'), INPUT],
  [query('{ customizedVoiceJobs'), rejectedWith([200, 400], 'GRAPHQL_PARSE_FAILED')],
  [query('{ nothing }'), rejectedWith([200, 400], 'GRAPHQL_VALIDATION_FAILED')],
  [query('{ __schema { types { name } } }'), rejectedWith([200, 400], 'GRAPHQL_VALIDATION_FAILED')],
  [post('{"query":'), REQUEST],
  [post('[]'), REQUEST],
  [post('{"query":"{ __typename }"}', { 'content-type': 'text/plain' }), REQUEST],
  [
    { target: '/graphql?query=mutation{x}' },
    rejectedWith([400, 405], 'BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED'),
  ],
  [{ target: '/nowhere' }, { statuses: [404], codes: ['NOT_FOUND'], isRejected: true }],
  [
    { method: 'PUT', target: '/health', body: '' },
    { statuses: [405], codes: [], isRejected: false },
  ],
];

/** Sends invalid requests, whose responses do not depend on the upstream. */
export const badInput: Role = {
  name: 'bad input',
  weight: 1,
  async play(customer) {
    const [spec, expectation] = pick(customer.random, INVALID_REQUESTS);
    customer.judge(await customer.send(spec), expectation);
    await customer.pause(10, 40);
  },
};
