import { memoize } from '../cache/memoize.ts';
import { BadInputError, quoted } from '../errors.ts';
import type { CostedLists, GatewayContext } from './builder.ts';

/** A GraphQL type whose objects have a global id. */
export interface NodeType<Row = unknown> {
  readonly typename: string;
  /** The field with the upstream's id, which is a key of the entity besides the global id. */
  readonly idField: string;
  /** Name of an object in error messages. */
  readonly noun: string;
  /** Whether a resolver's object is of this type. */
  isRow(value: unknown): boolean;
  readonly lists: CostedLists;
  rows(context: GatewayContext): { byId(id: string): Promise<Row | null> };
}

/** Maximum length of an id, in characters; the upstream's have 32. */
const MAX_ID_LENGTH = 128;

/** Creates a memoized function from the upstream's ids of a type to global ids. */
export function globalIdsOf(typename: string): (id: string) => string {
  return memoize((id) => Buffer.from(`${typename}:${id}`).toString('base64'));
}

/**
 * Decodes a global id.
 *
 * @param argument name of the GraphQL argument, for the error
 * @throws BadInputError if the text is not a global id
 */
export function readGlobalId(
  argument: string,
  globalId: string,
): { readonly typename: string; readonly id: string } {
  const [, typename, id] = /^([A-Z]\w*):(.+)$/s.exec(Buffer.from(globalId, 'base64').toString('utf8')) ?? [];
  if (typename !== undefined && id !== undefined) return { typename, id };
  throw new BadInputError(
    argument,
    `\`${argument}\` has ${quoted(globalId.slice(0, 80))}; allowed is an \`id\` that this API returned.`,
  );
}

/** Reads an object by the upstream's id. @throws BadInputError as {@link checkId} */
export function rowById<Row>(
  type: NodeType<Row>,
  argument: string,
  id: string,
  context: GatewayContext,
): Promise<Row | null> {
  return type.rows(context).byId(checkId(type, argument, id));
}

/** Returns an id of the upstream if it is valid. @throws BadInputError if it is blank, too long, or not well-formed Unicode */
export function checkId({ noun }: NodeType, argument: string, id: string): string {
  if (isPossibleId(id)) return id;
  throw new BadInputError(
    argument,
    id.isWellFormed()
      ? `\`${argument}\` has ${id.length} characters; a ${noun} id has 1 to ${MAX_ID_LENGTH}, not all of them blank.`
      : `\`${argument}\` has a lone surrogate; a ${noun} id is well-formed Unicode.`,
  );
}

/** Whether the upstream can have this id: neither blank nor too long, and well-formed Unicode. */
export function isPossibleId(id: string): boolean {
  return id.trim() !== '' && id.length <= MAX_ID_LENGTH && id.isWellFormed();
}
