import { type Case, globalIdOf } from './corpus.ts';

const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const first = 'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }';
const jobs = (args: string) =>
  `{ a: customizedVoiceJobs${args} { edges { cursor } nodes { id } totalCount } }`;

/** Requests whose response has errors, all of them client errors. */
export const REFUSALS: readonly Case[] = [
  [
    'invalid ids before valid ones',
    ({ globalId }) => ({
      query: nodes,
      variables: { ids: ['nonsense', '', globalIdOf('unknown'), globalId] },
    }),
  ],
  ['an invalid id', () => ({ query: '{ node(id: "42") { id } __typename }' })],
  [
    'more ids than a page has rows',
    () => ({
      query: nodes,
      variables: { ids: Array.from({ length: 101 }, (_, index) => globalIdOf(`${index}`)) },
    }),
  ],
  ['a blank job id', () => ({ query: 'query Q { customizedVoiceJob(jobId: " ") { id } }' })],
  ['too many rows', () => ({ query: jobs('(first: 101)') })],
  ['a negative number of rows, by a variable', () => ({ query: first, variables: { n: -1 } })],
  ['first and last together', () => ({ query: jobs('(first: 1, last: 1)') })],
  ['an invalid cursor', () => ({ query: jobs('(after: "page-2")') })],
  [
    'a cursor of another list',
    ({ cursor }) => ({
      query: `query ($c: String) ${jobs('(type: ALL, before: $c)')}`,
      variables: { c: cursor },
    }),
  ],
  [
    'an error in one of two merged fields',
    () => ({
      query:
        '{ a: node(id: "1") { id } b: __typename a: node(id: "1") { ... on CustomizedVoiceJob { jobId } } }',
    }),
  ],
  [
    'errors in nullable fields and a non-null one',
    () => ({
      query:
        '{ a: node(id: "1") { id } b: customizedVoiceJob(jobId: " ") { id } c: customizedVoiceJobs(last: -1) { totalCount } }',
    }),
  ],
  [
    'errors in two non-null fields',
    () => ({
      query:
        '{ a: customizedVoiceJobs(last: -1) { totalCount } b: customizedVoiceJobs(last: 101) { totalCount } }',
    }),
  ],
  ['a missing variable', () => ({ query: nodes })],
  ['null for a non-null variable', () => ({ query: nodes, variables: { ids: null } })],
  ['null in a list of non-null items', () => ({ query: nodes, variables: { ids: ['a', null] } })],
  ['a string for a number', () => ({ query: first, variables: { n: 'ten' } })],
  ['a fraction for a number', () => ({ query: first, variables: { n: 1.5 } })],
  ['a number too large', () => ({ query: first, variables: { n: 2_147_483_648 } })],
  ['a list for a number', () => ({ query: first, variables: { n: [1] } })],
  ['a boolean for an id', () => ({ query: nodes, variables: { ids: [true] } })],
  [
    'an unknown enum value',
    () => ({
      query: 'query ($t: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $t) { totalCount } }',
      variables: { t: 'toString' },
    }),
  ],
  ['variables that are a list', () => ({ query: first, variables: [1] })],
  ['variables that are a string', () => ({ query: first, variables: '{}' })],
  [
    'a variable of an unknown type',
    () => ({ query: 'query ($x: Nothing) { customizedVoiceJobs(first: $x) { totalCount } }' }),
  ],
  ['an undeclared variable', () => ({ query: '{ customizedVoiceJobs(first: $n) { totalCount } }' })],
  ['an unknown field', () => ({ query: '{ customisedVoiceJobs { totalCount } }' })],
  [
    'an unknown argument and an unknown directive',
    () => ({ query: '{ node(id: "a", x: 1) { id } __typename @nothing }' }),
  ],
  ['a truncated document', () => ({ query: '{ customizedVoiceJobs' })],
  ['a syntax error', () => ({ query: 'Is anybody there?' })],
  ['an empty document', () => ({ query: '' })],
  ['a blank document', () => ({ query: ' \n ' })],
  ['fragments alone', () => ({ query: 'fragment F on Query { __typename }' })],
  [
    'several operations without an operation name',
    () => ({ query: 'query A { __typename } query B { __typename }' }),
  ],
  [
    'an unknown operation name',
    () => ({ query: 'query A { __typename } query B { __typename }', operationName: 'C' }),
  ],
  ['a mutation', () => ({ query: 'mutation { deleteJob(id: 1) }' })],
  ['a subscription', () => ({ query: 'subscription { jobs { id } }' })],
];

/** Bodies that are not a single request. */
export const BODIES: readonly (readonly [title: string, body: string])[] = [
  ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
  ['an empty batch', '[]'],
  ['an unknown key', '{"query":"{ __typename }","key":1}'],
  ['an unknown key that is null', '{"query":"{ __typename }","key":null}'],
  ['the key __proto__', '{"query":"{ __typename }","__proto__":{"variables":1}}'],
  ['no query', '{"variables":{}}'],
  ['a query that is not a string', '{"query":{"kind":"Document"}}'],
  ['an operation name that is not a string', '{"query":"{ __typename }","operationName":7}'],
  ['extensions that are a string', '{"query":"{ __typename }","extensions":"x"}'],
  ['a JSON string', '"{ __typename }"'],
  ['null', 'null'],
  ['an empty body', ''],
  ['a truncated object', '{"query":"{ __typename }"'],
  ['a byte order mark', '\uFEFF{"query":"{ __typename }"}'],
  ['surrounding whitespace', ' \n{ "query" : "{ __typename }" }\n'],
  ['a repeated key', '{"query":"{ a }","query":"{ __typename }"}'],
];
