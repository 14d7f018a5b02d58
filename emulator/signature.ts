import { timingSafeEqual } from 'node:crypto';
import { type ServerSignature, sha256, sign } from './canonical.ts';
import { type Failure, missingParameter } from './errors.ts';
import { NonceStore, windowMs } from './nonces.ts';
import { header, type RpcRequest } from './rpc.ts';

/** The one account the emulator knows. A security token makes it an STS session. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | null;
}

const authorizationForm =
  /^ACS3-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/;
const dateForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const mandatoryHeaders = [
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
  'authorization',
];

/**
 * Verifies requests against signature V3, written from its public description and from nothing else, so that it
 * can convict a client. Stateful: it remembers nonces, and only a request that is otherwise sound uses one up.
 *
 * Source: alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
export class SignatureVerifier {
  readonly #credentials: Credentials;
  readonly #clockSkewMs: number;
  readonly #nonces = new NonceStore();

  /** `clockSkewMs` is how far the server's clock runs ahead of this machine's. */
  constructor(credentials: Credentials, clockSkewMs: number) {
    this.#credentials = credentials;
    this.#clockSkewMs = clockSkewMs;
  }

  /** Null if the request is authentic, fresh and complete; else why not, in the vendor's terms. */
  refusal(request: RpcRequest, body: Buffer): Failure | null {
    for (const name of mandatoryHeaders) {
      if (header(request.headers, name) === '') return missingParameter(name);
    }
    const nowMs = Date.now() + this.#clockSkewMs;
    const stale = dateRefusal(header(request.headers, 'x-acs-date'), nowMs);
    if (stale !== null) return stale;

    const parts = authorizationForm.exec(header(request.headers, 'authorization'));
    const [, accessKeyId = '', signedList = '', given = ''] = parts ?? [];
    if (parts === null)
      return incomplete(
        'Authorization must read "ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…"',
      );
    const signedHeaders = signedList.split(';');
    const unsigned = mustBeSigned(request).find((name) => !signedHeaders.includes(name));
    if (unsigned !== undefined) return incomplete(`header "${unsigned}" is not among SignedHeaders`);

    if (accessKeyId !== this.#credentials.accessKeyId) return unknownAccessKey;
    const wrongToken = tokenRefusal(request, this.#credentials.securityToken);
    if (wrongToken !== null) return wrongToken;

    const bodyHash = sha256(body);
    if (header(request.headers, 'x-acs-content-sha256') !== bodyHash) return wrongBodyHash(bodyHash);
    const computed = sign(request, signedHeaders, bodyHash, this.#credentials.accessKeySecret);
    if (!timingSafeEqual(Buffer.from(given), Buffer.from(computed.signature)))
      return wrongSignature(computed);

    return this.#nonces.use(request.nonce, nowMs) ? null : nonceUsed;
  }
}

/** The headers a client may not leave unsigned if it sends them. */
function mustBeSigned(request: RpcRequest): string[] {
  return Object.keys(request.headers).filter(
    (name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type',
  );
}

/** The vendor documents 15 minutes without saying whether a future date is tolerated alike; here it is. */
function dateRefusal(date: string, nowMs: number): Failure | null {
  const sentMs = dateForm.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(sentMs)) {
    return {
      code: 'InvalidTimeStamp.Format',
      status: 400,
      message: 'Specified time stamp or date value is not well formatted.',
    };
  }
  if (Math.abs(nowMs - sentMs) <= windowMs) return null;
  return {
    code: 'InvalidTimeStamp.Expired',
    status: 400,
    message: 'Specified time stamp or date value is expired.',
  };
}

/** Statuses and the choice between the codes are guesses: no table of the vendor's lists them with a status. */
function tokenRefusal(request: RpcRequest, expected: string | null): Failure | null {
  const given = header(request.headers, 'x-acs-security-token');
  if (given === (expected ?? '')) return null;
  const [code, message] =
    given === ''
      ? ['MissingSecurityToken', 'SecurityToken is mandatory for this action.']
      : expected === null
        ? [
            'InvalidSecurityToken.MismatchWithAccessKey',
            'Specified SecurityToken mismatch with the AccessKey.',
          ]
        : ['InvalidSecurityToken.Malformed', 'Specified SecurityToken is malformed.'];
  return { code, status: 400, message };
}

// The vendor's tables disagree on the status (400 or 404). Clients have to go by the code.
const unknownAccessKey: Failure = {
  code: 'InvalidAccessKeyId.NotFound',
  status: 404,
  message: 'Specified access key is not found.',
};

const nonceUsed: Failure = {
  code: 'SignatureNonceUsed',
  status: 400,
  message: 'Specified signature nonce was used already.',
};

function incomplete(what: string): Failure {
  return {
    code: 'IncompleteSignature',
    status: 400,
    message: `The request signature does not conform to Aliyun standards: ${what}.`,
  };
}

/** No code for this is documented; the server hashes what arrived, so the signature could not match either. */
function wrongBodyHash(computed: string): Failure {
  return {
    code: 'SignatureDoesNotMatch',
    status: 400,
    message: `Specified x-acs-content-sha256 does not match the body. server hash is [${computed}].`,
  };
}

/** Shows the server's side as the real one does: helpful to whoever debugs, and nothing to pass on. */
function wrongSignature({ canonicalRequest, stringToSign }: ServerSignature): Failure {
  return {
    code: 'SignatureDoesNotMatch',
    status: 400,
    message: `Specified signature does not match our calculation. server StringToSign is [${stringToSign}], server CanonicalRequest is [${canonicalRequest}].`,
  };
}
