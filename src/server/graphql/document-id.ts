import { GraphQLError } from 'graphql';
import type { TrustedDocuments } from './documents.ts';

/** The parameters of a request by name, as they came. */
type Given = Readonly<Record<string, unknown>>;

/**
 * The same parameters with a text in place of an id, as if the client had sent the text; or the error that the client gets
 * instead. An id is sent as `documentId` or, where there is none, as `extensions.persistedQuery.sha256Hash`.
 *
 * A hash beside a text offers the text for registration. Nothing is ever registered, so an unknown hash changes nothing:
 * the text is taken where texts are.
 *
 * @see https://github.com/graphql/graphql-over-http/pull/264 for `documentId`
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq for the hash
 */
export function withDocument(given: Given, { mode, documents }: TrustedDocuments): Given | GraphQLError {
  const { documentId, ...rest } = given;
  const text = given.query === null || given.query === '' ? undefined : given.query;
  const hash = documentId === undefined || documentId === null ? hashIn(given.extensions) : undefined;
  const id = hash ?? documentId ?? undefined;
  if (id === undefined) return text === undefined || mode === 'allow' ? rest : forbidden();
  if (typeof id !== 'string') return badId('is not a text; allowed is the id of a trusted document');

  // Some write a SHA-256 with its name before it, as ids have it; Apollo's field holds the digits alone.
  const document = documents.get(id) ?? (hash === undefined ? undefined : documents.get(`sha256:${id}`));
  if (document === undefined) {
    if (hash === undefined || (mode === 'only' && text === undefined)) {
      return badId('is unknown; allowed is the id of a trusted document');
    }
    if (text === undefined) return refusal(PLEASE_SEND_TEXT, 400, BAD_ID);
    return mode === 'allow' ? rest : forbidden();
  }
  if (text !== undefined && text !== document) {
    return badId(
      'stands for another document than `query` holds; allowed is one of the two, or the same text',
    );
  }
  return { ...rest, query: document };
}

/** What Apollo Client and urql wait for before they ask again with the text; in vain where no text is taken. */
const PLEASE_SEND_TEXT = 'PersistedQueryNotFound';

const BAD_ID = { code: 'BAD_USER_INPUT', argument: 'documentId' };

function badId(reason: string): GraphQLError {
  return refusal(`\`documentId\` ${reason}.`, 400, BAD_ID);
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
