import { GraphQLError } from 'graphql';
import type { TrustedDocuments } from './trusted-documents.ts';

/** The parameters of a request by name, as they came. */
type Given = Readonly<Record<string, unknown>>;

/**
 * The same parameters with a text in place of an id, as if the client had sent the text; or the error that the client gets
 * instead. An id is sent as `documentId` or, where there is none, as `extensions.persistedQuery.sha256Hash`.
 *
 * A hash beside a text offers the text for registration (automatic persisted queries). Nothing is ever registered by a
 * request, so an unknown hash changes nothing: the text is taken where texts are. A hash without a text gets the error
 * upon which Apollo's clients send the text: PersistedQueryNotFound where other hashes may be known, so that the client
 * goes on sending hashes, else PersistedQueryNotSupported, upon which it sends texts alone from then on.
 *
 * @see https://github.com/graphql/graphql-over-http/pull/264 for `documentId`
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq for the hash
 */
export function withDocument(given: Given, { mode, documents }: TrustedDocuments): Given | GraphQLError {
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
      `is not a text; allowed is ${allowed} of a trusted document`,
      hash === undefined ? undefined : HASH,
    );
  }

  // Some write a SHA-256 with its name before it, as ids have it; Apollo's field holds the digits alone.
  const document = documents.get(id) ?? (hash === undefined ? undefined : documents.get(`sha256:${id}`));
  if (document === undefined) {
    if (hash === undefined && mode === 'off') {
      return badId(
        'is unknown: no documents are registered here (TRUSTED_DOCUMENTS); send the text as `query`',
      );
    }
    if (hash === undefined) return badId('is unknown; allowed is the id of a trusted document');
    if (text !== undefined) return mode === 'allow' ? rest : forbidden();
    if (mode !== 'only') return mode === 'allow' ? notFound() : notSupported();
    return badId(
      'is not the hash of a trusted document. Only trusted documents are taken, so the text would be rejected too',
      HASH,
    );
  }
  if (text !== undefined && text !== document) {
    return badId(
      'stands for another document than `query` holds; allowed is one of the two, or the same text',
    );
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
  const message =
    'Only trusted documents are taken: send the id of one as `documentId`, and no text of your own.';
  return refusal(message, 403, { code: 'FORBIDDEN' });
}

/** What a client may not do has its status in every media type, what it did wrong has none in plain JSON, as elsewhere. */
function refusal(message: string, status: 400 | 403, extensions: Record<string, string>): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { status, spec: status === 400 } } });
}

function hashIn(extensions: unknown): unknown {
  const { persistedQuery } = Object(extensions) as Given;
  const { sha256Hash } = Object(persistedQuery) as Given;
  return sha256Hash ?? undefined;
}
