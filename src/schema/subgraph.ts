import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { BadInputError } from '../errors.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import { createBuilder, type GatewayContext, reads } from './builder.ts';
import { checkJobId, JOB_TYPENAME, jobByGlobalId } from './global-id.ts';
import { defineVoiceJobs } from './voice-jobs.ts';

/** The oldest version of the specification that knows all we use, so that old routers and composers can read it too. */
const FEDERATION = 'https://specs.apollo.dev/federation/v2.0';

/** A job as another subgraph refers to it: by either key, and by `jobId` where it sends both. */
type Reference =
  | { readonly jobId: string; readonly id?: undefined }
  | { readonly jobId?: undefined; readonly id: string };

/**
 * The schema that `/subgraph` serves: that of `/graphql` without `node` and `nodes`, which only one subgraph of a graph
 * could have, and with the job as an entity.
 *
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function createSubgraphSchema(): GraphQLSchema {
  const builder = createBuilder([DirectivesPlugin, FederationPlugin]);
  builder.asEntity(defineVoiceJobs(builder), {
    key: [builder.selection<{ jobId: string }>('jobId'), builder.selection<{ id: string }>('id')],
    resolveReference: resolveJob,
  });
  return withCheckedReferences(builder.toSubGraphSchema({ linkUrl: FEDERATION }));
}

async function resolveJob(reference: Reference, { jobs }: GatewayContext): Promise<VoiceJob | null> {
  return reference.jobId === undefined
    ? jobByGlobalId('representations', reference.id, jobs)
    : jobs.byId(checkJobId('representations', reference.jobId));
}

/** Checks each reference first: for a malformed one the library would fail all rows, without a code, or take it for a job. */
function withCheckedReferences(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()._entities;
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) throw new Error('the subgraph has no _entities');
  const checked: GraphQLFieldResolver<unknown, GatewayContext> = (root, args, context, info) => {
    const rows: unknown[] = [];
    for (const [index, given] of args.representations.entries()) {
      const reference = referenceIn(given);
      if (reference === undefined) rows.push(malformed(index));
      else {
        const representations = [{ __typename: JOB_TYPENAME, ...reference }];
        rows.push(...(resolve(root, { representations }, context, info) as unknown[]));
      }
    }
    return rows;
  };
  field.resolve = checked;
  field.extensions = reads({ kind: 'rows', argument: 'representations' });
  return schema;
}

/** What a caller sent as a reference, by the types of its keys; undefined for what is none. A key that is no text is absent. */
function referenceIn(given: unknown): Reference | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { __typename, jobId, id } = given as Record<string, unknown>;
  if (__typename !== JOB_TYPENAME) return undefined;
  if (typeof jobId === 'string') return { jobId };
  return typeof id === 'string' ? { id } : undefined;
}

function malformed(index: number): BadInputError {
  return new BadInputError(
    'representations',
    `\`representations\` has at index ${index} what is no reference to an entity of this subgraph: that takes \`__typename: "${JOB_TYPENAME}"\` and a \`jobId\` or an \`id\`.`,
  );
}
