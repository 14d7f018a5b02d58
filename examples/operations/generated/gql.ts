/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query FindJobs($filter: CustomizedVoiceJobFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: ALL\n    first: $first\n    after: $after\n  ) {\n    matchCount\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": typeof types.FindJobsDocument,
    "query FirstPage($first: Int!) {\n  customizedVoiceJobs(type: BASIC, first: $first) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": typeof types.FirstPageDocument,
    "subscription JobStatus($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    jobId\n    voiceName\n    status\n    message\n  }\n}": typeof types.JobStatusDocument,
    "query LastPage($last: Int!) {\n  customizedVoiceJobs(type: BASIC, last: $last) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": typeof types.LastPageDocument,
    "query NextPage($first: Int!, $after: String) {\n  customizedVoiceJobs(type: BASIC, first: $first, after: $after) {\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": typeof types.NextPageDocument,
    "query Node($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on CustomizedVoiceJob {\n      jobId\n      voiceName\n      status\n    }\n  }\n}": typeof types.NodeDocument,
    "query OneJob($jobId: ID!) {\n  customizedVoiceJob(jobId: $jobId) {\n    id\n    jobId\n    voiceId\n    voiceName\n    voiceDesc\n    type\n    gender\n    scenario\n    status\n    message\n    createTime\n  }\n}": typeof types.OneJobDocument,
    "query VoiceJobs($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        type\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": typeof types.VoiceJobsDocument,
};
const documents: Documents = {
    "query FindJobs($filter: CustomizedVoiceJobFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: ALL\n    first: $first\n    after: $after\n  ) {\n    matchCount\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": types.FindJobsDocument,
    "query FirstPage($first: Int!) {\n  customizedVoiceJobs(type: BASIC, first: $first) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": types.FirstPageDocument,
    "subscription JobStatus($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    jobId\n    voiceName\n    status\n    message\n  }\n}": types.JobStatusDocument,
    "query LastPage($last: Int!) {\n  customizedVoiceJobs(type: BASIC, last: $last) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": types.LastPageDocument,
    "query NextPage($first: Int!, $after: String) {\n  customizedVoiceJobs(type: BASIC, first: $first, after: $after) {\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": types.NextPageDocument,
    "query Node($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on CustomizedVoiceJob {\n      jobId\n      voiceName\n      status\n    }\n  }\n}": types.NodeDocument,
    "query OneJob($jobId: ID!) {\n  customizedVoiceJob(jobId: $jobId) {\n    id\n    jobId\n    voiceId\n    voiceName\n    voiceDesc\n    type\n    gender\n    scenario\n    status\n    message\n    createTime\n  }\n}": types.OneJobDocument,
    "query VoiceJobs($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        type\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}": types.VoiceJobsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FindJobs($filter: CustomizedVoiceJobFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: ALL\n    first: $first\n    after: $after\n  ) {\n    matchCount\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"): (typeof documents)["query FindJobs($filter: CustomizedVoiceJobFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: ALL\n    first: $first\n    after: $after\n  ) {\n    matchCount\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FirstPage($first: Int!) {\n  customizedVoiceJobs(type: BASIC, first: $first) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"): (typeof documents)["query FirstPage($first: Int!) {\n  customizedVoiceJobs(type: BASIC, first: $first) {\n    totalCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription JobStatus($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    jobId\n    voiceName\n    status\n    message\n  }\n}"): (typeof documents)["subscription JobStatus($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    jobId\n    voiceName\n    status\n    message\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LastPage($last: Int!) {\n  customizedVoiceJobs(type: BASIC, last: $last) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"): (typeof documents)["query LastPage($last: Int!) {\n  customizedVoiceJobs(type: BASIC, last: $last) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query NextPage($first: Int!, $after: String) {\n  customizedVoiceJobs(type: BASIC, first: $first, after: $after) {\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"): (typeof documents)["query NextPage($first: Int!, $after: String) {\n  customizedVoiceJobs(type: BASIC, first: $first, after: $after) {\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Node($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on CustomizedVoiceJob {\n      jobId\n      voiceName\n      status\n    }\n  }\n}"): (typeof documents)["query Node($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on CustomizedVoiceJob {\n      jobId\n      voiceName\n      status\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OneJob($jobId: ID!) {\n  customizedVoiceJob(jobId: $jobId) {\n    id\n    jobId\n    voiceId\n    voiceName\n    voiceDesc\n    type\n    gender\n    scenario\n    status\n    message\n    createTime\n  }\n}"): (typeof documents)["query OneJob($jobId: ID!) {\n  customizedVoiceJob(jobId: $jobId) {\n    id\n    jobId\n    voiceId\n    voiceName\n    voiceDesc\n    type\n    gender\n    scenario\n    status\n    message\n    createTime\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query VoiceJobs($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        type\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"): (typeof documents)["query VoiceJobs($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        jobId\n        type\n        voiceName\n        status\n        createTime\n      }\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;