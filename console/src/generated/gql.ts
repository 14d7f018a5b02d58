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
    "fragment ChartsJob on CustomizedVoiceJob {\n  status\n  scenario\n  createTime\n}": typeof types.ChartsJobFragmentDoc,
    "fragment CsvJob on CustomizedVoiceJob {\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  status\n  rawStatus\n  message\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}": typeof types.CsvJobFragmentDoc,
    "query JobSearchPage($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: $type\n    first: $first\n    after: $after\n  ) {\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n  customizedVoiceJobs(type: $type, first: 0) {\n    totalCount\n  }\n}\n\nquery JobSearchCount($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!) {\n  searchCustomizedVoiceJobs(filter: $filter, type: $type, first: 0) {\n    matchCount\n  }\n}": typeof types.JobSearchPageDocument,
    "query JobById($id: ID!) {\n  node(id: $id) {\n    id\n    ...JobPanelJob\n  }\n}": typeof types.JobByIdDocument,
    "fragment JobFieldsJob on CustomizedVoiceJob {\n  id\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}": typeof types.JobFieldsJobFragmentDoc,
    "fragment JobHeadingJob on CustomizedVoiceJob {\n  voiceName\n}": typeof types.JobHeadingJobFragmentDoc,
    "subscription JobLive($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    ...StatusStepperJob\n  }\n}": typeof types.JobLiveDocument,
    "fragment JobPanelJob on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  rawStatus\n  ...JobHeadingJob\n  ...StatusStepperJob\n  ...JobFieldsJob\n  ...JobVoiceJob\n  ...JobTimelineJob\n}": typeof types.JobPanelJobFragmentDoc,
    "fragment JobTimelineJob on CustomizedVoiceJob {\n  id\n  status\n  createTime\n}": typeof types.JobTimelineJobFragmentDoc,
    "fragment JobVoiceJob on CustomizedVoiceJob {\n  id\n  status\n}\n\nquery JobVoice($id: ID!) {\n  node(id: $id) {\n    id\n    ... on CustomizedVoiceJob {\n      voice {\n        id\n        ...JobVoiceVoice\n      }\n    }\n  }\n}\n\nfragment JobVoiceVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  demoAudioMediaId\n}": typeof types.JobVoiceJobFragmentDoc,
    "fragment NameCellJob on CustomizedVoiceJob {\n  id\n  status\n  voiceName\n  voiceDesc\n}\n\nfragment EditionCellJob on CustomizedVoiceJob {\n  type\n  rawType\n}\n\nfragment GenderCellJob on CustomizedVoiceJob {\n  gender\n}\n\nfragment ScenarioCellJob on CustomizedVoiceJob {\n  scenario\n}\n\nfragment CreatedCellJob on CustomizedVoiceJob {\n  createTime\n}\n\nfragment GmtCreateCellJob on CustomizedVoiceJob {\n  gmtCreate\n}\n\nfragment VoiceIdCellJob on CustomizedVoiceJob {\n  voiceId\n}\n\nfragment JobIdCellJob on CustomizedVoiceJob {\n  jobId\n}": typeof types.NameCellJobFragmentDoc,
    "fragment JobRow on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  ...NameCellJob\n  ...StatusStepperJob\n  ...EditionCellJob\n  ...GenderCellJob\n  ...ScenarioCellJob\n  ...CreatedCellJob\n  ...GmtCreateCellJob\n  ...VoiceIdCellJob\n  ...JobIdCellJob\n  ...ChartsJob\n  ...CsvJob\n}": typeof types.JobRowFragmentDoc,
    "query JobsPage($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n}": typeof types.JobsPageDocument,
    "fragment StatusStepperJob on CustomizedVoiceJob {\n  id\n  status\n  rawStatus\n  message\n}": typeof types.StatusStepperJobFragmentDoc,
    "query VoiceById($id: ID!) {\n  node(id: $id) {\n    id\n    ...VoicePanelVoice\n  }\n}\n\nfragment VoicePanelVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}": typeof types.VoiceByIdDocument,
    "query VoicesPage($type: CustomizedVoiceTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoices(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...VoiceRow\n      }\n    }\n  }\n}\n\nfragment VoiceRow on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}": typeof types.VoicesPageDocument,
};
const documents: Documents = {
    "fragment ChartsJob on CustomizedVoiceJob {\n  status\n  scenario\n  createTime\n}": types.ChartsJobFragmentDoc,
    "fragment CsvJob on CustomizedVoiceJob {\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  status\n  rawStatus\n  message\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}": types.CsvJobFragmentDoc,
    "query JobSearchPage($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: $type\n    first: $first\n    after: $after\n  ) {\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n  customizedVoiceJobs(type: $type, first: 0) {\n    totalCount\n  }\n}\n\nquery JobSearchCount($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!) {\n  searchCustomizedVoiceJobs(filter: $filter, type: $type, first: 0) {\n    matchCount\n  }\n}": types.JobSearchPageDocument,
    "query JobById($id: ID!) {\n  node(id: $id) {\n    id\n    ...JobPanelJob\n  }\n}": types.JobByIdDocument,
    "fragment JobFieldsJob on CustomizedVoiceJob {\n  id\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}": types.JobFieldsJobFragmentDoc,
    "fragment JobHeadingJob on CustomizedVoiceJob {\n  voiceName\n}": types.JobHeadingJobFragmentDoc,
    "subscription JobLive($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    ...StatusStepperJob\n  }\n}": types.JobLiveDocument,
    "fragment JobPanelJob on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  rawStatus\n  ...JobHeadingJob\n  ...StatusStepperJob\n  ...JobFieldsJob\n  ...JobVoiceJob\n  ...JobTimelineJob\n}": types.JobPanelJobFragmentDoc,
    "fragment JobTimelineJob on CustomizedVoiceJob {\n  id\n  status\n  createTime\n}": types.JobTimelineJobFragmentDoc,
    "fragment JobVoiceJob on CustomizedVoiceJob {\n  id\n  status\n}\n\nquery JobVoice($id: ID!) {\n  node(id: $id) {\n    id\n    ... on CustomizedVoiceJob {\n      voice {\n        id\n        ...JobVoiceVoice\n      }\n    }\n  }\n}\n\nfragment JobVoiceVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  demoAudioMediaId\n}": types.JobVoiceJobFragmentDoc,
    "fragment NameCellJob on CustomizedVoiceJob {\n  id\n  status\n  voiceName\n  voiceDesc\n}\n\nfragment EditionCellJob on CustomizedVoiceJob {\n  type\n  rawType\n}\n\nfragment GenderCellJob on CustomizedVoiceJob {\n  gender\n}\n\nfragment ScenarioCellJob on CustomizedVoiceJob {\n  scenario\n}\n\nfragment CreatedCellJob on CustomizedVoiceJob {\n  createTime\n}\n\nfragment GmtCreateCellJob on CustomizedVoiceJob {\n  gmtCreate\n}\n\nfragment VoiceIdCellJob on CustomizedVoiceJob {\n  voiceId\n}\n\nfragment JobIdCellJob on CustomizedVoiceJob {\n  jobId\n}": types.NameCellJobFragmentDoc,
    "fragment JobRow on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  ...NameCellJob\n  ...StatusStepperJob\n  ...EditionCellJob\n  ...GenderCellJob\n  ...ScenarioCellJob\n  ...CreatedCellJob\n  ...GmtCreateCellJob\n  ...VoiceIdCellJob\n  ...JobIdCellJob\n  ...ChartsJob\n  ...CsvJob\n}": types.JobRowFragmentDoc,
    "query JobsPage($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n}": types.JobsPageDocument,
    "fragment StatusStepperJob on CustomizedVoiceJob {\n  id\n  status\n  rawStatus\n  message\n}": types.StatusStepperJobFragmentDoc,
    "query VoiceById($id: ID!) {\n  node(id: $id) {\n    id\n    ...VoicePanelVoice\n  }\n}\n\nfragment VoicePanelVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}": types.VoiceByIdDocument,
    "query VoicesPage($type: CustomizedVoiceTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoices(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...VoiceRow\n      }\n    }\n  }\n}\n\nfragment VoiceRow on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}": types.VoicesPageDocument,
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
export function graphql(source: "fragment ChartsJob on CustomizedVoiceJob {\n  status\n  scenario\n  createTime\n}"): (typeof documents)["fragment ChartsJob on CustomizedVoiceJob {\n  status\n  scenario\n  createTime\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment CsvJob on CustomizedVoiceJob {\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  status\n  rawStatus\n  message\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}"): (typeof documents)["fragment CsvJob on CustomizedVoiceJob {\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  status\n  rawStatus\n  message\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query JobSearchPage($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: $type\n    first: $first\n    after: $after\n  ) {\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n  customizedVoiceJobs(type: $type, first: 0) {\n    totalCount\n  }\n}\n\nquery JobSearchCount($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!) {\n  searchCustomizedVoiceJobs(filter: $filter, type: $type, first: 0) {\n    matchCount\n  }\n}"): (typeof documents)["query JobSearchPage($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!, $first: Int!, $after: String) {\n  searchCustomizedVoiceJobs(\n    filter: $filter\n    type: $type\n    first: $first\n    after: $after\n  ) {\n    scannedCount\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n  customizedVoiceJobs(type: $type, first: 0) {\n    totalCount\n  }\n}\n\nquery JobSearchCount($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!) {\n  searchCustomizedVoiceJobs(filter: $filter, type: $type, first: 0) {\n    matchCount\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query JobById($id: ID!) {\n  node(id: $id) {\n    id\n    ...JobPanelJob\n  }\n}"): (typeof documents)["query JobById($id: ID!) {\n  node(id: $id) {\n    id\n    ...JobPanelJob\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobFieldsJob on CustomizedVoiceJob {\n  id\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}"): (typeof documents)["fragment JobFieldsJob on CustomizedVoiceJob {\n  id\n  jobId\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  rawType\n  gender\n  scenario\n  createTime\n  gmtCreate\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobHeadingJob on CustomizedVoiceJob {\n  voiceName\n}"): (typeof documents)["fragment JobHeadingJob on CustomizedVoiceJob {\n  voiceName\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription JobLive($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    ...StatusStepperJob\n  }\n}"): (typeof documents)["subscription JobLive($jobId: ID!) {\n  customizedVoiceJobStatusChanged(jobId: $jobId) {\n    id\n    ...StatusStepperJob\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobPanelJob on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  rawStatus\n  ...JobHeadingJob\n  ...StatusStepperJob\n  ...JobFieldsJob\n  ...JobVoiceJob\n  ...JobTimelineJob\n}"): (typeof documents)["fragment JobPanelJob on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  rawStatus\n  ...JobHeadingJob\n  ...StatusStepperJob\n  ...JobFieldsJob\n  ...JobVoiceJob\n  ...JobTimelineJob\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobTimelineJob on CustomizedVoiceJob {\n  id\n  status\n  createTime\n}"): (typeof documents)["fragment JobTimelineJob on CustomizedVoiceJob {\n  id\n  status\n  createTime\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobVoiceJob on CustomizedVoiceJob {\n  id\n  status\n}\n\nquery JobVoice($id: ID!) {\n  node(id: $id) {\n    id\n    ... on CustomizedVoiceJob {\n      voice {\n        id\n        ...JobVoiceVoice\n      }\n    }\n  }\n}\n\nfragment JobVoiceVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  demoAudioMediaId\n}"): (typeof documents)["fragment JobVoiceJob on CustomizedVoiceJob {\n  id\n  status\n}\n\nquery JobVoice($id: ID!) {\n  node(id: $id) {\n    id\n    ... on CustomizedVoiceJob {\n      voice {\n        id\n        ...JobVoiceVoice\n      }\n    }\n  }\n}\n\nfragment JobVoiceVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  demoAudioMediaId\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment NameCellJob on CustomizedVoiceJob {\n  id\n  status\n  voiceName\n  voiceDesc\n}\n\nfragment EditionCellJob on CustomizedVoiceJob {\n  type\n  rawType\n}\n\nfragment GenderCellJob on CustomizedVoiceJob {\n  gender\n}\n\nfragment ScenarioCellJob on CustomizedVoiceJob {\n  scenario\n}\n\nfragment CreatedCellJob on CustomizedVoiceJob {\n  createTime\n}\n\nfragment GmtCreateCellJob on CustomizedVoiceJob {\n  gmtCreate\n}\n\nfragment VoiceIdCellJob on CustomizedVoiceJob {\n  voiceId\n}\n\nfragment JobIdCellJob on CustomizedVoiceJob {\n  jobId\n}"): (typeof documents)["fragment NameCellJob on CustomizedVoiceJob {\n  id\n  status\n  voiceName\n  voiceDesc\n}\n\nfragment EditionCellJob on CustomizedVoiceJob {\n  type\n  rawType\n}\n\nfragment GenderCellJob on CustomizedVoiceJob {\n  gender\n}\n\nfragment ScenarioCellJob on CustomizedVoiceJob {\n  scenario\n}\n\nfragment CreatedCellJob on CustomizedVoiceJob {\n  createTime\n}\n\nfragment GmtCreateCellJob on CustomizedVoiceJob {\n  gmtCreate\n}\n\nfragment VoiceIdCellJob on CustomizedVoiceJob {\n  voiceId\n}\n\nfragment JobIdCellJob on CustomizedVoiceJob {\n  jobId\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobRow on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  ...NameCellJob\n  ...StatusStepperJob\n  ...EditionCellJob\n  ...GenderCellJob\n  ...ScenarioCellJob\n  ...CreatedCellJob\n  ...GmtCreateCellJob\n  ...VoiceIdCellJob\n  ...JobIdCellJob\n  ...ChartsJob\n  ...CsvJob\n}"): (typeof documents)["fragment JobRow on CustomizedVoiceJob {\n  id\n  jobId\n  status\n  ...NameCellJob\n  ...StatusStepperJob\n  ...EditionCellJob\n  ...GenderCellJob\n  ...ScenarioCellJob\n  ...CreatedCellJob\n  ...GmtCreateCellJob\n  ...VoiceIdCellJob\n  ...JobIdCellJob\n  ...ChartsJob\n  ...CsvJob\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query JobsPage($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n}"): (typeof documents)["query JobsPage($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoiceJobs(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...JobRow\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment StatusStepperJob on CustomizedVoiceJob {\n  id\n  status\n  rawStatus\n  message\n}"): (typeof documents)["fragment StatusStepperJob on CustomizedVoiceJob {\n  id\n  status\n  rawStatus\n  message\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query VoiceById($id: ID!) {\n  node(id: $id) {\n    id\n    ...VoicePanelVoice\n  }\n}\n\nfragment VoicePanelVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}"): (typeof documents)["query VoiceById($id: ID!) {\n  node(id: $id) {\n    id\n    ...VoicePanelVoice\n  }\n}\n\nfragment VoicePanelVoice on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query VoicesPage($type: CustomizedVoiceTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoices(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...VoiceRow\n      }\n    }\n  }\n}\n\nfragment VoiceRow on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}"): (typeof documents)["query VoicesPage($type: CustomizedVoiceTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {\n  customizedVoices(\n    type: $type\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n  ) {\n    totalCount\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n    }\n    edges {\n      cursor\n      node {\n        id\n        ...VoiceRow\n      }\n    }\n  }\n}\n\nfragment VoiceRow on CustomizedVoice {\n  id\n  voiceId\n  voiceName\n  voiceDesc\n  type\n  gender\n  scenario\n  demoAudioMediaId\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;