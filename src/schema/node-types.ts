import type { Builder, GatewayContext } from './builder.ts';
import { defineEnums } from './enums.ts';
import { type NodeType, readGlobalId, rowById } from './global-id.ts';
import { defineJobSearch } from './job-search.ts';
import { defineVoiceJobs, JOB_NODE } from './voice-jobs.ts';
import { defineVoices, VOICE_NODE } from './voices.ts';

/** Every type whose objects have a global id. */
export const NODE_TYPES: readonly NodeType[] = [JOB_NODE, VOICE_NODE];

/** The lists of all of them: an id may belong to any. */
export const NODE_LISTS = NODE_TYPES.map(({ lists }) => lists);

/** Defines every type of {@link NODE_TYPES}, with the fields that read its objects. @returns their references in that order */
export function defineNodeTypes(builder: Builder) {
  const enums = defineEnums(builder);
  const jobs = defineVoiceJobs(builder, enums);
  defineJobSearch(builder, { ...jobs, ...enums });
  return [jobs.Job, defineVoices(builder, enums, jobs.Job)] as const;
}

/** The name of an object's type. @throws Error for an object of no such type */
export function typenameOf(row: unknown): string {
  const type = NODE_TYPES.find(({ isRow }) => isRow(row));
  if (type === undefined) throw new Error('an object of no type that has global ids');
  return type.typename;
}

/**
 * The object of a global id; null when there is none, or the id belongs to another type.
 *
 * @param argument the argument that gave it
 * @param types that it may belong to
 * @throws BadInputError for a text that is no global id
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
