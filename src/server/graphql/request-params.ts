import { GraphQLError } from 'graphql';
import { withDocument } from './document-id.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** A GraphQL request in the clear. */
export interface Params {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A mistake that yoga would take for its own. The message is for the caller. */
export class MalformedParamsError extends Error {
  override readonly name = 'MalformedParamsError';
}

/** The members of a request that GraphQL over HTTP knows, as they came. */
export interface RequestMembers {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

/**
 * What a request asks for: with the text in place of the id of a registered document, without an operation name that is
 * empty, and without members that GraphQL over HTTP does not know. Servers ignore those, so clients send some.
 *
 * @param trusted documents that may be asked for by id
 * @returns the error that the client gets where the id does not do
 */
export function membersOf(
  given: Readonly<Record<string, unknown>>,
  trusted: TrustedDocuments,
): RequestMembers | GraphQLError {
  const read = withDocument(given, trusted);
  if (read instanceof GraphQLError) return read;
  const { query, operationName, variables, extensions } = read;
  return { query, operationName: operationName === '' ? undefined : operationName, variables, extensions };
}

/**
 * Reads the plain form of a request, the one that nearly all have. Undefined for any other, well-formed or not: yoga knows
 * them all and says what is wrong.
 *
 * @param trusted documents that may be asked for by id
 */
export function readParams(text: string, trusted: TrustedDocuments): Params | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(body) ? checked(body, trusted) : undefined;
}

/** The members of a request that mean something here. */
const MEMBERS = ['query', 'operationName', 'variables', 'extensions', 'documentId'] as const;

/** As {@link readParams}, from the query of a URL. @throws MalformedParamsError */
export function readUrlParams(search: string, trusted: TrustedDocuments): Params | undefined {
  const given = new URLSearchParams(search);
  for (const name of MEMBERS) {
    const times = given.getAll(name).length;
    if (times > 1) throw new MalformedParamsError(`\`${name}\` is in the URL ${times} times. Send it once.`);
  }
  const body: Record<string, unknown> = Object.fromEntries(given);
  for (const name of ['variables', 'extensions'] as const) {
    const text = given.get(name);
    if (text === null) continue;
    try {
      body[name] = JSON.parse(text);
    } catch {
      throw new MalformedParamsError(`\`${name}\` in the URL is not JSON.`);
    }
  }
  // An unknown name twice is as rare as it is harmless.
  if (Object.keys(body).length !== given.size) return undefined;
  return checked(body, trusted);
}

function checked(given: Record<string, unknown>, trusted: TrustedDocuments): Params | undefined {
  const members = membersOf(given, trusted);
  if (members instanceof GraphQLError) return undefined;
  const { query, operationName, variables, extensions } = members;
  if (typeof query !== 'string' || query === '') return undefined;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return undefined;
  if (variables !== undefined && variables !== null && !isObject(variables)) return undefined;
  if (extensions !== undefined && extensions !== null && !isObject(extensions)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
