import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** What requests can be made of. */
export interface Known {
  readonly jobId: string;
  readonly otherId: string;
  readonly globalId: string;
  readonly cursor: string;
}

/** A request, by what it is about. */
export type Case = readonly [title: string, request: (known: Known) => Request];

export interface Request {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string | null;
  readonly extensions?: Record<string, unknown>;
}

export const globalIdOf = (jobId: string, type = 'CustomizedVoiceJob') => btoa(`${type}:${jobId}`);

export async function knownOf({ emulator, ask }: GatewayUnderTest): Promise<Known> {
  const [one, other] = emulator.list('Basic');
  const { data } = await ask('{ customizedVoiceJobs(first: 3) { pageInfo { endCursor } } }');
  const jobId = one?.JobId ?? '';
  return {
    jobId,
    otherId: other?.JobId ?? '',
    globalId: globalIdOf(jobId),
    cursor: data.customizedVoiceJobs.pageInfo.endCursor,
  };
}

const OPERATIONS = join(import.meta.dirname, '../../operations');

const read = (file: string) => readFileSync(join(OPERATIONS, file), 'utf8');

/** Values for whatever a file of operations asks for. */
const valuesOf = ({ jobId, globalId, cursor }: Known) => ({
  'first-page.graphql': { first: 3 },
  'last-page.graphql': { last: 3 },
  'next-page.graphql': { first: 3, after: cursor },
  'node.graphql': { id: globalId },
  'one-job.graphql': { jobId },
  'voice-jobs.graphql': { type: 'BASIC', last: 2, before: cursor },
});

const OF_FILES: readonly Case[] = readdirSync(OPERATIONS)
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => [
    file,
    (known) => ({
      query: read(file),
      variables: { ...valuesOf(known) }[file as keyof ReturnType<typeof valuesOf>],
    }),
  ]);

const SEVERAL = `
  query One($first: Int = 2) { customizedVoiceJobs(first: $first) { nodes { jobId } } }
  query Other { customizedVoiceJobs(type: STANDARD, first: 1) { totalCount } }`;

const FRAGMENTS = `
  query ($id: ID!) {
    node(id: $id) { ...Named ... on Node { again: id } ... { __typename } }
    customizedVoiceJobs(first: 2) { ...Page nodes { ...Named } }
  }
  fragment Named on CustomizedVoiceJob { id jobId name: voiceName ...Times }
  fragment Times on CustomizedVoiceJob { createTime gmtCreate }
  fragment Page on CustomizedVoiceJobConnection { __typename totalCount edges { node { status ...Times } cursor } }`;

const CHOICES = `query ($yes: Boolean!, $no: Boolean = false, $first: Int) {
  customizedVoiceJobs(first: $first) {
    totalCount @include(if: $no)
    pageInfo @skip(if: $yes) { endCursor }
    edges @include(if: $yes) @skip(if: $no) { cursor @skip(if: $yes) node { id } }
    ... @include(if: $yes) { nodes { jobId voiceName @skip(if: true) } }
    ...Total @skip(if: $no)
  }
}
fragment Total on CustomizedVoiceJobConnection { total: totalCount }`;

const page = (args: string, variables = '') =>
  `query ${variables} { customizedVoiceJobs${args} { totalCount nodes { jobId type } pageInfo { startCursor hasNextPage } } }`;

const EVERYTHING =
  '{ id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate }';

/** Requests that are answered with data and nothing else. */
export const QUERIES: readonly Case[] = [
  ...OF_FILES,
  ['the introspection', () => ({ query: getIntrospectionQuery({ specifiedByUrl: true }) })],
  ['one type by name', () => ({ query: '{ __type(name: "Node") { kind possibleTypes { name } } }' })],
  ['an unknown type by name', () => ({ query: 'query ($n: String!) { __type(name: $n) { kind } }', variables: { n: 'x' } })],
  ['the name of the root', () => ({ query: '{ __typename again: __typename }' })],
  ['fragments in fragments', ({ globalId }) => ({ query: FRAGMENTS, variables: { id: globalId } })],
  ['fields of one name in several places', () => ({
    query:
      '{ a: customizedVoiceJobs(first: 2) { nodes { id } } b: __typename a: customizedVoiceJobs(first: 2) { totalCount nodes { jobId id } } }',
  })],
  ['aliases that mean something in JavaScript', () => ({
    query:
      '{ class: __typename constructor: __typename toString: customizedVoiceJobs(first: 1) { hasOwnProperty: totalCount then: nodes { length: id idx0: jobId err: type } } }',
  })],
  ['@skip and @include, taken', () => ({ query: CHOICES, variables: { yes: true, first: 2 } })],
  ['@skip and @include, left', () => ({ query: CHOICES, variables: { yes: false, no: true } })],
  ['@skip of all there is', () => ({ query: 'query ($no: Boolean!) { __typename @skip(if: $no) }', variables: { no: true } })],
  ['the first of several operations', () => ({ query: SEVERAL, operationName: 'One' })],
  ['the other of several operations', () => ({ query: SEVERAL, operationName: 'Other', variables: { first: 7 } })],
  ['no operation name, said as null', () => ({ query: '{ __typename }', operationName: null, variables: null })],
  ['extensions', () => ({ query: '{ __typename } # 2', extensions: { persistedQuery: { version: 1 } } })],
  ['defaults of arguments', () => ({ query: page('') })],
  ['defaults of variables', () => ({
    query: page('(type: $type, first: $first)', '($type: CustomizedVoiceJobTypeFilter! = ALL, $first: Int = 4)'),
  })],
  ['defaults of variables, overruled', () => ({
    query: page('(first: $first, type: $type)', '($type: CustomizedVoiceJobTypeFilter! = ALL, $first: Int = 4)'),
    variables: { type: 'STANDARD', first: null },
  })],
  ['a variable left out where the argument has a default', () => ({
    query: page('(type: $type, first: 3)', '($type: CustomizedVoiceJobTypeFilter)'),
  })],
  ['nulls for everything that may be null', () => ({
    query: page('(first: $n, after: $c, last: null, before: $c)', '($n: Int, $c: String)'),
    variables: { n: null, c: null },
  })],
  ['variables left out where they may be', () => ({
    query: page('(first: $n, after: $c)', '($n: Int, $c: String)'),
    variables: {},
  })],
  ['variables that nobody asked for', () => ({ query: page('(first: 1)'), variables: { x: { y: [1] }, constructor: 2 } })],
  ['a page between two cursors', ({ cursor }) => ({
    query: page('(after: $after, last: 2)', '($after: String)'),
    variables: { after: cursor },
  })],
  ['no rows', () => ({ query: page('(first: 0)') })],
  ['both lists as one', () => ({ query: page('(type: ALL, last: 5)') })],
  ['every field of a job', ({ jobId }) => ({
    query: `query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) ${EVERYTHING} }`,
    variables: { jobId },
  })],
  ['every field of listed jobs', () => ({ query: `{ customizedVoiceJobs(first: 50) { nodes ${EVERYTHING} } }` })],
  ['a job that does not exist, by a number', () => ({
    query: 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { id } }',
    variables: { jobId: 42 },
  })],
  ['letters of many scripts', () => ({
    query:
      'query ($id: ID!) { customizedVoiceJob(jobId: $id) { id } a: customizedVoiceJob(jobId: "\\u00e9é漢🎤") { id } } # é漢🎤',
    variables: { id: '漢字 🎤 \u2028 \ud800 "\\' },
  })],
  ['nodes, good and unknown and repeated', ({ globalId, otherId }) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on CustomizedVoiceJob { jobId } } }',
    variables: { ids: [globalId, globalIdOf('unknown'), globalIdOf('1', 'Voice'), globalId, globalIdOf(otherId)] },
  })],
  ['one id in the place of a list', ({ globalId }) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: globalId },
  })],
  ['ids of which each is a variable', ({ globalId, otherId }) => ({
    query: 'query ($a: ID!, $b: ID = "Vm9pY2U6MQ==") { nodes(ids: [$a, $b]) { id } }',
    variables: { a: globalId, otherId },
  })],
  ['no ids', () => ({ query: '{ nodes(ids: []) { id } }' })],
  ['a mutation beside a query', () => ({ query: 'query A { __typename } mutation B { x }', operationName: 'A' })],
];
