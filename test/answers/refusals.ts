import { type Case, globalIdOf } from './corpus.ts';

const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const first = 'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }';
const jobs = (args: string) =>
  `{ a: customizedVoiceJobs${args} { edges { cursor } nodes { id } totalCount } }`;

/** Requests whose answer has errors, all of them the caller's own. */
export const REFUSALS: readonly Case[] = [
  [
    'ids that are none before others',
    ({ globalId }) => ({
      query: nodes,
      variables: { ids: ['nonsense', '', globalIdOf('unknown'), globalId] },
    }),
  ],
  ['an id that is none', () => ({ query: '{ node(id: "42") { id } __typename }' })],
  [
    'more ids than a page has rows',
    () => ({
      query: nodes,
      variables: { ids: Array.from({ length: 101 }, (_, index) => globalIdOf(`${index}`)) },
    }),
  ],
  ['a job id of blanks', () => ({ query: 'query Q { customizedVoiceJob(jobId: " ") { id } }' })],
  ['too many rows', () => ({ query: jobs('(first: 101)') })],
  ['fewer than no rows, by a variable', () => ({ query: first, variables: { n: -1 } })],
  ['rows from both ends', () => ({ query: jobs('(first: 1, last: 1)') })],
  ['a cursor that is none', () => ({ query: jobs('(after: "page-2")') })],
  [
    'a cursor of another list',
    ({ cursor }) => ({
      query: `query ($c: String) ${jobs('(type: ALL, before: $c)')}`,
      variables: { c: cursor },
    }),
  ],
  [
    'an error in one of two fields of one name',
    () => ({
      query:
        '{ a: node(id: "1") { id } b: __typename a: node(id: "1") { ... on CustomizedVoiceJob { jobId } } }',
    }),
  ],
  [
    'errors in fields that may be null and one that may not',
    () => ({
      query:
        '{ a: node(id: "1") { id } b: customizedVoiceJob(jobId: " ") { id } c: customizedVoiceJobs(last: -1) { totalCount } }',
    }),
  ],
  [
    'errors in two fields that may not be null',
    () => ({
      query:
        '{ a: customizedVoiceJobs(last: -1) { totalCount } b: customizedVoiceJobs(last: 101) { totalCount } }',
    }),
  ],
  ['a missing variable', () => ({ query: nodes })],
  ['null for a variable that may not be null', () => ({ query: nodes, variables: { ids: null } })],
  ['null in a list that may hold none', () => ({ query: nodes, variables: { ids: ['a', null] } })],
  ['a text for a number', () => ({ query: first, variables: { n: 'ten' } })],
  ['a fraction for a number', () => ({ query: first, variables: { n: 1.5 } })],
  ['a number too large', () => ({ query: first, variables: { n: 2_147_483_648 } })],
  ['a list for a number', () => ({ query: first, variables: { n: [1] } })],
  ['a truth for an id', () => ({ query: nodes, variables: { ids: [true] } })],
  [
    'an enum value that is none',
    () => ({
      query: 'query ($t: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $t) { totalCount } }',
      variables: { t: 'toString' },
    }),
  ],
  ['variables that are a list', () => ({ query: first, variables: [1] })],
  ['variables that are a text', () => ({ query: first, variables: '{}' })],
  [
    'a variable of an unknown type',
    () => ({ query: 'query ($x: Nothing) { customizedVoiceJobs(first: $x) { totalCount } }' }),
  ],
  ['a variable that is not declared', () => ({ query: '{ customizedVoiceJobs(first: $n) { totalCount } }' })],
  ['an unknown field', () => ({ query: '{ customisedVoiceJobs { totalCount } }' })],
  [
    'an unknown argument and an unknown directive',
    () => ({ query: '{ node(id: "a", x: 1) { id } __typename @nothing }' }),
  ],
  ['a text that ends too early', () => ({ query: '{ customizedVoiceJobs' })],
  ['a text that is no query', () => ({ query: 'Is anybody there?' })],
  ['no text', () => ({ query: '' })],
  ['blanks', () => ({ query: ' \n ' })],
  ['fragments alone', () => ({ query: 'fragment F on Query { __typename }' })],
  ['several operations and no name', () => ({ query: 'query A { __typename } query B { __typename }' })],
  [
    'an operation name that none has',
    () => ({ query: 'query A { __typename } query B { __typename }', operationName: 'C' }),
  ],
  ['a mutation', () => ({ query: 'mutation { deleteJob(id: 1) }' })],
  ['a subscription', () => ({ query: 'subscription { jobs { id } }' })],
];

/** Bodies that are not one request. */
export const BODIES: readonly (readonly [title: string, body: string])[] = [
  ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
  ['an empty batch', '[]'],
  ['an unknown key', '{"query":"{ __typename }","key":1}'],
  ['an unknown key that is null', '{"query":"{ __typename }","key":null}'],
  ['a key that JavaScript knows', '{"query":"{ __typename }","__proto__":{"variables":1}}'],
  ['no query', '{"variables":{}}'],
  ['a query that is no text', '{"query":{"kind":"Document"}}'],
  ['an operation name that is no text', '{"query":"{ __typename }","operationName":7}'],
  ['extensions that are a text', '{"query":"{ __typename }","extensions":"x"}'],
  ['a text', '"{ __typename }"'],
  ['null', 'null'],
  ['nothing', ''],
  ['half an object', '{"query":"{ __typename }"'],
  ['a byte order mark', '\uFEFF{"query":"{ __typename }"}'],
  ['blanks around it', ' \n{ "query" : "{ __typename }" }\n'],
  ['a key twice', '{"query":"{ a }","query":"{ __typename }"}'],
];
