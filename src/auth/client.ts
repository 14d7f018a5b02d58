/** A caller with a name. */
export interface Client {
  /** As it stands in the log and in a label of a metric: 1 to 64 characters, each one of `[\w@.:|-]`. */
  readonly name: string;
  /** Tells clients apart in limits. A token that names itself like an API key is another client. */
  readonly id: string;
}

/** The client of an API key. */
export function clientOfKey(name: string): Client {
  return { name, id: `key ${name}` };
}

/**
 * Where a token says for whom it was issued, best first: the application in OpenID Connect and in RFC 9068, then its user.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDToken
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2
 */
const NAMING_CLAIMS = ['azp', 'client_id', 'sub'] as const;

const MAX_NAME_LENGTH = 64;

/** The client of a verified token. A name loses the characters that do not belong into a log; without any it is `unnamed`. */
export function clientOfToken(claims: Readonly<Record<string, unknown>>): Client {
  const given = NAMING_CLAIMS.map((claim) => claims[claim]).find(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  const name = given?.replace(/[^\w@.:|-]/g, '').slice(0, MAX_NAME_LENGTH) || 'unnamed';
  return { name, id: `token ${name}` };
}
