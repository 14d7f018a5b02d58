import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { BadInputError } from '../errors.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import { createBuilder, type GatewayContext } from './builder.ts';
import { checkJobId, JOB_TYPENAME, jobIdOfGlobalId } from './global-id.ts';
import { defineJobStatus } from './job-status.ts';
import { defineVoiceJob } from './voice-job.ts';
import { defineVoiceJobs } from './voice-jobs.ts';

/** The oldest version of the specification that knows all we use, so that old routers and composers can read it too. */
const FEDERATION = 'https://specs.apollo.dev/federation/v2.0';

/** A job as another subgraph refers to it, once it is known to be one: by either key. */
type Reference = { readonly jobId: string } | { readonly id: string };

/**
 * The schema that `/subgraph` serves: that of `/graphql` without `node` and `nodes`, which only one subgraph of a graph
 * could have, and with the job as an entity.
 *
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function createSubgraphSchema(): GraphQLSchema {
  const builder = createBuilder([DirectivesPlugin, FederationPlugin]);
  builder.queryType({ description: 'Where every query starts.' });
  const Job = defineVoiceJob(builder);
  defineVoiceJobs(builder, Job);
  defineJobStatus(builder, Job);
  builder.asEntity(Job, {
    key: [builder.selection<{ jobId: string }>('jobId'), builder.selection<{ id: string }>('id')],
    resolveReference: (reference, context) => resolveJob(reference, context),
  });
  return withCheckedReferences(builder.toSubGraphSchema({ linkUrl: FEDERATION }));
}

async function resolveJob(reference: Reference, { jobs }: GatewayContext): Promise<VoiceJob | null> {
  const jobId =
    'jobId' in reference
      ? checkJobId('representations', reference.jobId)
      : jobIdOfGlobalId('representations', reference.id);
  return jobId === undefined ? null : jobs.byId(jobId);
}

/** The library would answer a malformed reference with an error that has no code, or take it for a job. */
function withCheckedReferences(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()._entities;
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) throw new Error('the subgraph has no _entities');
  const checked: GraphQLFieldResolver<unknown, GatewayContext> = (root, args, context, info) => {
    for (const [index, reference] of args.representations.entries()) checkReference(index, reference);
    return resolve(root, args, context, info);
  };
  field.resolve = checked;
  return schema;
}

function checkReference(index: number, reference: unknown): asserts reference is Reference {
  const { __typename, jobId, id } = Object(reference) as Record<string, unknown>;
  if (__typename === JOB_TYPENAME && [jobId, id].some((key) => typeof key === 'string')) return;
  throw new BadInputError(
    'representations',
    `\`representations\` has at index ${index} what is no reference to an entity of this subgraph: that takes \`__typename: "${JOB_TYPENAME}"\` and a \`jobId\` or an \`id\`.`,
  );
}
