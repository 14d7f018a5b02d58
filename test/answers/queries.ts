import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { type Case, globalIdOf, type Known } from './corpus.ts';
import { CHOICES, EVERYTHING, FRAGMENTS, page, SEVERAL } from './documents.ts';

const OPERATIONS = join(import.meta.dirname, '../../examples/operations');

const read = (file: string) => readFileSync(join(OPERATIONS, file), 'utf8');

/** Variables for the committed operations. */
const valuesOf = ({ jobId, globalId, cursor }: Known) => ({
  'find-jobs.graphql': { filter: { status: ['FAIL', 'SUCCESS'], text: 'A' }, first: 3 },
  'first-page.graphql': { first: 3 },
  'last-page.graphql': { last: 3 },
  'next-page.graphql': { first: 3, after: cursor },
  'node.graphql': { id: globalId },
  'one-job.graphql': { jobId },
  'voice-jobs.graphql': { type: 'BASIC', last: 2, before: cursor },
});

const OF_FILES: readonly Case[] = readdirSync(OPERATIONS)
  // Subscriptions have tests of their own.
  .filter((file) => file.endsWith('.graphql') && !read(file).includes('subscription '))
  .map((file) => [
    file,
    (known) => ({
      query: read(file),
      variables: { ...valuesOf(known) }[file as keyof ReturnType<typeof valuesOf>],
    }),
  ]);

/** Requests that return data and no errors. */
export const QUERIES: readonly Case[] = [
  ...OF_FILES,
  ['the introspection', () => ({ query: getIntrospectionQuery({ specifiedByUrl: true }) })],
  ['one type by name', () => ({ query: '{ __type(name: "Node") { kind possibleTypes { name } } }' })],
  [
    'an unknown type by name',
    () => ({ query: 'query ($n: String!) { __type(name: $n) { kind } }', variables: { n: 'x' } }),
  ],
  ['__typename of the root', () => ({ query: '{ __typename again: __typename }' })],
  ['fragments in fragments', ({ globalId }) => ({ query: FRAGMENTS, variables: { id: globalId } })],
  [
    'merged fields',
    () => ({
      query:
        '{ a: customizedVoiceJobs(first: 2) { nodes { id } } b: __typename a: customizedVoiceJobs(first: 2) { totalCount nodes { jobId id } } }',
    }),
  ],
  [
    'aliases with a meaning in JavaScript',
    () => ({
      query:
        '{ class: __typename constructor: __typename toString: customizedVoiceJobs(first: 1) { hasOwnProperty: totalCount then: nodes { length: id idx0: jobId err: type } } }',
    }),
  ],
  ['@skip and @include, included', () => ({ query: CHOICES, variables: { yes: true, first: 2 } })],
  ['@skip and @include, skipped', () => ({ query: CHOICES, variables: { yes: false, no: true } })],
  [
    '@skip of every field',
    () => ({ query: 'query ($no: Boolean!) { __typename @skip(if: $no) }', variables: { no: true } }),
  ],
  ['the first of several operations', () => ({ query: SEVERAL, operationName: 'One' })],
  [
    'the second of several operations',
    () => ({ query: SEVERAL, operationName: 'Other', variables: { first: 7 } }),
  ],
  ['a null operation name', () => ({ query: '{ __typename }', operationName: null, variables: null })],
  ['extensions', () => ({ query: '{ __typename } # 2', extensions: { persistedQuery: { version: 1 } } })],
  ['defaults of arguments', () => ({ query: page('') })],
  [
    'defaults of variables',
    () => ({
      query: page(
        '(type: $type, first: $first)',
        '($type: CustomizedVoiceJobTypeFilter! = ALL, $first: Int = 4)',
      ),
    }),
  ],
  [
    'defaults of variables, overruled',
    () => ({
      query: page(
        '(first: $first, type: $type)',
        '($type: CustomizedVoiceJobTypeFilter! = ALL, $first: Int = 4)',
      ),
      variables: { type: 'STANDARD', first: null },
    }),
  ],
  [
    'an omitted variable of an argument with a default',
    () => ({
      query: page('(type: $type, first: 3)', '($type: CustomizedVoiceJobTypeFilter)'),
    }),
  ],
  [
    'null for every nullable argument',
    () => ({
      query: page('(first: $n, after: $c, last: null, before: $c)', '($n: Int, $c: String)'),
      variables: { n: null, c: null },
    }),
  ],
  [
    'omitted optional variables',
    () => ({
      query: page('(first: $n, after: $c)', '($n: Int, $c: String)'),
      variables: {},
    }),
  ],
  [
    'undeclared variables',
    () => ({ query: page('(first: 1)'), variables: { x: { y: [1] }, constructor: 2 } }),
  ],
  [
    'a page between two cursors',
    ({ cursor }) => ({
      query: page('(after: $after, last: 2)', '($after: String)'),
      variables: { after: cursor },
    }),
  ],
  ['no rows', () => ({ query: page('(first: 0)') })],
  [
    'a search whose filter has variables inside',
    () => ({
      query:
        'query ($text: String, $status: [CustomizedVoiceJobStatus!] = [SUCCESS], $from: DateTime) { searchCustomizedVoiceJobs(filter: { text: $text, status: $status, gender: MALE, createdFrom: $from }, last: 3) { matchCount scannedCount pageInfo { startCursor } nodes { jobId } } }',
      variables: { text: 'a', from: '2023-06-01T00:00:00Z' },
    }),
  ],
  [
    'a search whose filter is a variable, with a single value for a list',
    () => ({
      query:
        'query ($filter: CustomizedVoiceJobFilter! = {}) { searchCustomizedVoiceJobs(filter: $filter, type: STANDARD) { matchCount edges { cursor } } }',
      variables: { filter: { status: 'FAIL', scenario: null } },
    }),
  ],
  ['the merged lists', () => ({ query: page('(type: ALL, last: 5)') })],
  [
    'every field of a job',
    ({ jobId }) => ({
      query: `query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) ${EVERYTHING} }`,
      variables: { jobId },
    }),
  ],
  [
    'every field of listed jobs',
    () => ({ query: `{ customizedVoiceJobs(first: 50) { nodes ${EVERYTHING} } }` }),
  ],
  [
    'a missing job, by a number',
    () => ({
      query: 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { id } }',
      variables: { jobId: 42 },
    }),
  ],
  [
    'characters of many scripts',
    () => ({
      query:
        'query ($id: ID!) { customizedVoiceJob(jobId: $id) { id } a: customizedVoiceJob(jobId: "\\u00e9é漢🎤") { id } } # é漢🎤',
      variables: { id: '漢字 🎤 \u2028 \0 "\\' },
    }),
  ],
  [
    'known, unknown and repeated nodes',
    ({ globalId, otherId }) => ({
      query:
        'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on CustomizedVoiceJob { jobId } } }',
      variables: {
        ids: [globalId, globalIdOf('unknown'), globalIdOf('1', 'Voice'), globalId, globalIdOf(otherId)],
      },
    }),
  ],
  [
    'a single id for a list',
    ({ globalId }) => ({
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: globalId },
    }),
  ],
  [
    'ids that are variables',
    ({ globalId, otherId }) => ({
      query: 'query ($a: ID!, $b: ID = "Vm9pY2U6MQ==") { nodes(ids: [$a, $b]) { id } }',
      variables: { a: globalId, otherId },
    }),
  ],
  ['no ids', () => ({ query: '{ nodes(ids: []) { id } }' })],
  [
    'a mutation beside a query',
    () => ({ query: 'query A { __typename } mutation B { x }', operationName: 'A' }),
  ],
];
