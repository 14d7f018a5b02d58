import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { isObject, type TrustedDocuments } from './trusted-documents.ts';

/** A GraphQL request. */
export interface Params {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A malformed URL for which yoga would not blame the caller. The message is for the caller. */
export class MalformedParamsError extends Error {
  override readonly name = 'MalformedParamsError';
}

/** Members of a request as the client sent them, not validated. */
type RequestMembers = Readonly<Record<'query' | 'operationName' | 'variables' | 'extensions', unknown>>;

/** Parameters of a request by name, not validated. */
type RawParams = Readonly<Record<string, unknown>>;

/**
 * The members of a request, with the document in place of a trusted document's id; a GraphQLError when the id is not
 * accepted. An empty operation name becomes undefined. Unknown members are ignored.
 */
export function membersOf(raw: RawParams, trusted: TrustedDocuments): RequestMembers | GraphQLError {
  const read = withDocument(raw, trusted);
  if (read instanceof GraphQLError) return read;
  const { query, operationName, variables, extensions } = read;
  return { query, operationName: operationName === '' ? undefined : operationName, variables, extensions };
}

/** Parses a request body in its usual form. Returns undefined for any other: yoga parses it or reports the error. */
export function readParams(text: string, trusted: TrustedDocuments): Params | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(body) ? validated(body, trusted) : undefined;
}

/** Names of the known members. */
const MEMBERS = ['query', 'operationName', 'variables', 'extensions', 'documentId'] as const;

/**
 * Like {@link readParams}, for a URL's query string.
 *
 * @throws MalformedParamsError
 */
export function readUrlParams(search: string, trusted: TrustedDocuments): Params | undefined {
  const parameters = new URLSearchParams(search);
  for (const name of MEMBERS) {
    const times = parameters.getAll(name).length;
    if (times > 1) throw new MalformedParamsError(`\`${name}\` is in the URL ${times} times. Send it once.`);
  }
  const body: Record<string, unknown> = Object.fromEntries(parameters);
  for (const name of ['variables', 'extensions'] as const) {
    const text = parameters.get(name);
    if (text === null) continue;
    try {
      body[name] = JSON.parse(text);
    } catch {
      throw new MalformedParamsError(`\`${name}\` in the URL is not valid JSON.`);
    }
  }
  // True for a repeated unknown name, which is rare and harmless; yoga handles it.
  if (Object.keys(body).length !== parameters.size) return undefined;
  return validated(body, trusted);
}

function validated(raw: Record<string, unknown>, trusted: TrustedDocuments): Params | undefined {
  const members = membersOf(raw, trusted);
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
 * Replaces the id of a trusted document by its text; returns a GraphQLError when the id is not accepted. An id is sent as
 * `documentId`, or otherwise as `extensions.persistedQuery.sha256Hash`.
 *
 * A hash together with a document asks to register the document (automatic persisted queries). The gateway registers nothing,
 * so it ignores an unknown hash beside a document. An unknown hash alone gets PersistedQueryNotFound where other hashes may
 * be known: Apollo's clients then send the document, and keep sending hashes. Otherwise it gets PersistedQueryNotSupported,
 * after which they send documents only.
 *
 * @see https://github.com/graphql/graphql-over-http/pull/264 for `documentId`
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq for the hash
 */
function withDocument(raw: RawParams, { mode, documents }: TrustedDocuments): RawParams | GraphQLError {
  const { documentId, ...rest } = raw;
  const text = raw.query === null || raw.query === '' ? undefined : raw.query;
  const hash = documentId === undefined || documentId === null ? hashIn(raw.extensions) : undefined;
  const id = hash ?? documentId ?? undefined;
  if (id === undefined) return text === undefined || mode !== 'only' ? rest : forbidden();
  // Without trusted documents, an id beside a document has no meaning here.
  if (mode === 'off' && text !== undefined) return rest;
  if (typeof id !== 'string') {
    const allowed = hash === undefined ? 'the id' : 'the hash';
    return badId(
      `is not a string. Expected ${allowed} of a trusted document`,
      hash === undefined ? undefined : HASH,
    );
  }

  // Ids may carry the prefix `sha256:`; Apollo's field holds the digits alone.
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
 * Errors of automatic persisted queries. Clients recognise them by message or code, so both equal Apollo Server's.
 *
 * @see https://github.com/apollographql/apollo-server/blob/main/packages/server/src/internalErrorClasses.ts
 */
const notFound = () => requestError('PersistedQueryNotFound', 400, { code: 'PERSISTED_QUERY_NOT_FOUND' });
const notSupported = () =>
  requestError('PersistedQueryNotSupported', 400, { code: 'PERSISTED_QUERY_NOT_SUPPORTED' });

/** Member with the hash of a document, as Apollo's clients send it. */
const HASH = 'extensions.persistedQuery.sha256Hash';

function badId(reason: string, member = 'documentId'): GraphQLError {
  return requestError(`\`${member}\` ${reason}.`, 400, { code: 'BAD_USER_INPUT', argument: 'documentId' });
}

function forbidden(): GraphQLError {
  const message = 'Only trusted documents are accepted. Send the id of one as `documentId`, without `query`.';
  return requestError(message, 403, { code: 'FORBIDDEN' });
}

/**
 * An error with an HTTP status. 403 is sent in every media type; 400 becomes 200 in `application/json`, as for other
 * malformed requests.
 */
function requestError(
  message: string,
  status: 400 | 403,
  extensions: { readonly code: ErrorCode; readonly argument?: string },
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { status, spec: status === 400 } } });
}

function hashIn(extensions: unknown): unknown {
  const { persistedQuery } = Object(extensions) as RawParams;
  const { sha256Hash } = Object(persistedQuery) as RawParams;
  return sha256Hash ?? undefined;
}
