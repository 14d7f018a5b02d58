import type { GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.ts';
import { defineNodes } from './nodes.ts';
import { defineVoiceJobs } from './voice-jobs.ts';

/** The schema that `/graphql` serves and schema.graphql shows. */
export function createSchema(): GraphQLSchema {
  const builder = createBuilder();
  defineVoiceJobs(builder);
  defineNodes(builder);
  // Unsorted: the states of a job are listed in the order in which it goes through them.
  return builder.toSchema({ sortSchema: false });
}
