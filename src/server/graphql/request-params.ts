import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { isObject, type TrustedDocuments } from './trusted-documents.ts';

/** A GraphQL request. */
export interface Params {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A mistake in a URL that yoga would not report as the caller's. The message is for the caller. */
export class MalformedParamsError extends Error {
  override readonly name = 'MalformedParamsError';
}

/** The members of a request that GraphQL over HTTP knows, as they came. */
type RequestMembers = Readonly<Record<'query' | 'operationName' | 'variables' | 'extensions', unknown>>;

/** The parameters of a request by name, as they came. */
type Given = Readonly<Record<string, unknown>>;

/**
 * The members of a request, with the text in place of the id of a registered document and without an empty operation name;
 * the error for the client where the id does not do. Unknown members are ignored.
 */
export function membersOf(given: Given, trusted: TrustedDocuments): RequestMembers | GraphQLError {
  const read = withDocument(given, trusted);
  if (read instanceof GraphQLError) return read;
  const { query, operationName, variables, extensions } = read;
  return { query, operationName: operationName === '' ? undefined : operationName, variables, extensions };
}

/** Reads the usual form of a request. Undefined for any other: yoga knows them all and reports what is wrong. */
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
      throw new MalformedParamsError(`\`${name}\` in the URL is not valid JSON.`);
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

/**
 * The parameters with the text of a document in place of its id, or the error for the client. An id is sent as `documentId` or,
 * where there is none, as `extensions.persistedQuery.sha256Hash`.
 *
 * A hash beside a text offers the text for registration (automatic persisted queries). Requests register nothing, so an unknown
 * hash is ignored. A hash without a text gets PersistedQueryNotFound where other hashes may be known: Apollo's clients send
 * the text and go on sending hashes. Else it gets PersistedQueryNotSupported, upon which they send texts alone from then on.
 *
 * @see https://github.com/graphql/graphql-over-http/pull/264 for `documentId`
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq for the hash
 */
function withDocument(given: Given, { mode, documents }: TrustedDocuments): Given | GraphQLError {
  const { documentId, ...rest } = given;
  const text = given.query === null || given.query === '' ? undefined : given.query;
  const hash = documentId === undefined || documentId === null ? hashIn(given.extensions) : undefined;
  const id = hash ?? documentId ?? undefined;
  if (id === undefined) return text === undefined || mode !== 'only' ? rest : forbidden();
  // Where nothing is registered, an id beside a text is a member that means nothing here.
  if (mode === 'off' && text !== undefined) return rest;
  if (typeof id !== 'string') {
    const allowed = hash === undefined ? 'the id' : 'the hash';
    return badId(
      `is not a string. Expected ${allowed} of a trusted document`,
      hash === undefined ? undefined : HASH,
    );
  }

  // Some write a SHA-256 with its name before it, as ids have it; Apollo's field holds the digits alone.
  const document = documents.get(id) ?? (hash === undefined ? undefined : documents.get(`sha256:${id}`));
  if (document === undefined) {
    if (hash === undefined && mode === 'off') {
      return badId(
        'is unknown, because no trusted documents are registered (TRUSTED_DOCUMENTS). Send the document as `query`',
      );
    }
    if (hash === undefined) return badId('is unknown. Expected the id of a trusted document');
    if (text !== undefined) return mode === 'allow' ? rest : forbidden();
    if (mode !== 'only') return mode === 'allow' ? notFound() : notSupported();
    return badId(
      'is not the hash of a trusted document. Only trusted documents are accepted, so the document itself would be rejected too',
      HASH,
    );
  }
  if (text !== undefined && text !== document) {
    return badId('and `query` are different documents. Expected only one of them, or the same document');
  }
  return { ...rest, query: document };
}

/**
 * Errors of automatic persisted queries. Clients tell them by message or code, so both are Apollo Server's to the letter.
 *
 * @see https://github.com/apollographql/apollo-server/blob/main/packages/server/src/internalErrorClasses.ts
 */
const notFound = () => refusal('PersistedQueryNotFound', 400, { code: 'PERSISTED_QUERY_NOT_FOUND' });
const notSupported = () =>
  refusal('PersistedQueryNotSupported', 400, { code: 'PERSISTED_QUERY_NOT_SUPPORTED' });

/** Where Apollo's clients put the hash of a document. */
const HASH = 'extensions.persistedQuery.sha256Hash';

function badId(reason: string, member = 'documentId'): GraphQLError {
  return refusal(`\`${member}\` ${reason}.`, 400, { code: 'BAD_USER_INPUT', argument: 'documentId' });
}

function forbidden(): GraphQLError {
  const message = 'Only trusted documents are accepted. Send the id of one as `documentId`, without `query`.';
  return refusal(message, 403, { code: 'FORBIDDEN' });
}

/** What a client may not do has its status in every media type, what it did wrong has none in plain JSON, as elsewhere. */
function refusal(
  message: string,
  status: 400 | 403,
  extensions: { readonly code: ErrorCode; readonly argument?: string },
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { status, spec: status === 400 } } });
}

function hashIn(extensions: unknown): unknown {
  const { persistedQuery } = Object(extensions) as Given;
  const { sha256Hash } = Object(persistedQuery) as Given;
  return sha256Hash ?? undefined;
}
