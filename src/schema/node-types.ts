import type { Builder, GatewayContext } from './builder.ts';
import { defineEnums } from './enums.ts';
import { type NodeType, readGlobalId, rowById } from './global-id.ts';
import { defineJobSearch } from './job-search.ts';
import { defineVoiceJobs, JOB_NODE } from './voice-jobs.ts';
import { defineVoices, VOICE_NODE } from './voices.ts';

/** Every type whose objects have a global id. */
export const NODE_TYPES: readonly NodeType[] = [JOB_NODE, VOICE_NODE];

/** The lists of these types, for the cost of fields that accept any global id. */
export const NODE_LISTS = NODE_TYPES.map(({ lists }) => lists);

/** Defines every type of {@link NODE_TYPES}, with the fields that read its objects. @returns their references, in the same order */
export function defineNodeTypes(builder: Builder) {
  const enums = defineEnums(builder);
  const jobs = defineVoiceJobs(builder, enums);
  defineJobSearch(builder, { ...jobs, ...enums });
  return [jobs.Job, defineVoices(builder, enums, jobs.Job)] as const;
}

/** Returns the name of an object's GraphQL type. @throws Error if it is none of {@link NODE_TYPES} */
export function typenameOf(row: unknown): string {
  const type = NODE_TYPES.find(({ isRow }) => isRow(row));
  if (type === undefined) throw new Error('the object is of no type with global ids');
  return type.typename;
}

/**
 * Reads the object of a global id; null if it does not exist or is of another type.
 *
 * @param argument name of the GraphQL argument, for errors
 * @param types allowed types
 * @throws BadInputError if the text is not a global id
 */
export function rowByGlobalId(
  argument: string,
  globalId: string,
  context: GatewayContext,
  types = NODE_TYPES,
): Promise<unknown> | null {
  const { typename, id } = readGlobalId(argument, globalId);
  const type = types.find((one) => one.typename === typename);
  return type === undefined ? null : rowById(type, argument, id, context);
}
