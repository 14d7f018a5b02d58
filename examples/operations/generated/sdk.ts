import type { DocumentNode } from 'graphql';
import * as Operations from './graphql.ts';









export type Requester<C = {}> = <R, V>(doc: DocumentNode, vars?: V, options?: C) => Promise<R> | AsyncIterable<R>
export function getSdk<C>(requester: Requester<C>) {
  return {
    FindJobs(variables: Operations.FindJobsQueryVariables, options?: C): Promise<Operations.FindJobsQuery> {
      return requester<Operations.FindJobsQuery, Operations.FindJobsQueryVariables>(Operations.FindJobsDocument, variables, options) as Promise<Operations.FindJobsQuery>;
    },
    FirstPage(variables: Operations.FirstPageQueryVariables, options?: C): Promise<Operations.FirstPageQuery> {
      return requester<Operations.FirstPageQuery, Operations.FirstPageQueryVariables>(Operations.FirstPageDocument, variables, options) as Promise<Operations.FirstPageQuery>;
    },
    JobStatus(variables: Operations.JobStatusSubscriptionVariables, options?: C): AsyncIterable<Operations.JobStatusSubscription> {
      return requester<Operations.JobStatusSubscription, Operations.JobStatusSubscriptionVariables>(Operations.JobStatusDocument, variables, options) as AsyncIterable<Operations.JobStatusSubscription>;
    },
    LastPage(variables: Operations.LastPageQueryVariables, options?: C): Promise<Operations.LastPageQuery> {
      return requester<Operations.LastPageQuery, Operations.LastPageQueryVariables>(Operations.LastPageDocument, variables, options) as Promise<Operations.LastPageQuery>;
    },
    NextPage(variables: Operations.NextPageQueryVariables, options?: C): Promise<Operations.NextPageQuery> {
      return requester<Operations.NextPageQuery, Operations.NextPageQueryVariables>(Operations.NextPageDocument, variables, options) as Promise<Operations.NextPageQuery>;
    },
    Node(variables: Operations.NodeQueryVariables, options?: C): Promise<Operations.NodeQuery> {
      return requester<Operations.NodeQuery, Operations.NodeQueryVariables>(Operations.NodeDocument, variables, options) as Promise<Operations.NodeQuery>;
    },
    OneJob(variables: Operations.OneJobQueryVariables, options?: C): Promise<Operations.OneJobQuery> {
      return requester<Operations.OneJobQuery, Operations.OneJobQueryVariables>(Operations.OneJobDocument, variables, options) as Promise<Operations.OneJobQuery>;
    },
    VoiceJobs(variables: Operations.VoiceJobsQueryVariables, options?: C): Promise<Operations.VoiceJobsQuery> {
      return requester<Operations.VoiceJobsQuery, Operations.VoiceJobsQueryVariables>(Operations.VoiceJobsDocument, variables, options) as Promise<Operations.VoiceJobsQuery>;
    }
  };
}
export type Sdk = ReturnType<typeof getSdk>;