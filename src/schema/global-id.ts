import { memoize } from '../cache/memoize.ts';
import { BadInputError, quoted } from '../errors.ts';
import type { CostedLists, GatewayContext } from './builder.ts';

/** A type of objects that have a global id. */
export interface NodeType<Row = unknown> {
  readonly typename: string;
  /** The field with the upstream's own id. Other subgraphs refer to an object by it, or by its global id. */
  readonly idField: string;
  /** What an object is called in errors. */
  readonly noun: string;
  /** Whether an object of a resolver is of this type. */
  isRow(value: unknown): boolean;
  readonly lists: CostedLists;
  rows(context: GatewayContext): { byId(id: string): Promise<Row | null> };
}

/** Longest id that is looked up, in characters; the upstream's have 32. */
const MAX_ID_LENGTH = 128;

/** The global ids of one type by the upstream's own ids. */
export function globalIdsOf(typename: string): (id: string) => string {
  return memoize((id) => Buffer.from(`${typename}:${id}`).toString('base64'));
}

/**
 * Reads a global id.
 *
 * @param argument the argument that gave it
 * @throws BadInputError for a text that is no global id
 */
export function readGlobalId(
  argument: string,
  globalId: string,
): { readonly typename: string; readonly id: string } {
  const [, typename, id] = /^([A-Z]\w*):(.+)$/s.exec(Buffer.from(globalId, 'base64').toString('utf8')) ?? [];
  if (typename !== undefined && id !== undefined) return { typename, id };
  throw new BadInputError(
    argument,
    `\`${argument}\` has ${quoted(globalId.slice(0, 80))}, which is not an \`id\` of this API.`,
  );
}

/** Reads an object by the upstream's own id. @throws BadInputError for what {@link checkId} rejects */
export function rowById<Row>(
  type: NodeType<Row>,
  argument: string,
  id: string,
  context: GatewayContext,
): Promise<Row | null> {
  return type.rows(context).byId(checkId(type, argument, id));
}

/** Checks an id of the upstream. @throws BadInputError when it is blank, too long, or not well-formed Unicode */
export function checkId({ noun }: NodeType, argument: string, id: string): string {
  if (isPossibleId(id)) return id;
  throw new BadInputError(
    argument,
    id.isWellFormed()
      ? `\`${argument}\` has ${id.length} characters; a ${noun} id has 1 to ${MAX_ID_LENGTH}, not all blank.`
      : `\`${argument}\` holds half of a Unicode character; a ${noun} id is text.`,
  );
}

/** Whether the upstream can have an object of that id: one that is not blank, too long, or half of a character. */
export function isPossibleId(id: string): boolean {
  return id.trim() !== '' && id.length <= MAX_ID_LENGTH && id.isWellFormed();
}
