import { timingSafeEqual } from 'node:crypto';
import { type ServerSignature, sha256, sign } from './canonical-request.ts';
import { type Failure, missingParameter } from './errors.ts';
import { NonceStore, nonceLifetimeMs } from './nonce-store.ts';
import { header, type RpcRequest } from './rpc.ts';

/** Credentials of the emulated account. A security token makes it an STS session. */
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
 * Verifies requests against signature V3. Written from its public description alone, so that it is independent of the client
 * under test. Stateful: it stores nonces; only an otherwise valid request uses one up.
 *
 * Source: alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
export class SignatureVerifier {
  readonly #credentials: Credentials;
  readonly #clockSkewMs: number;
  readonly #nonces = new NonceStore();

  /** @param clockSkewMs how far the server's clock is ahead of this machine's */
  constructor(credentials: Credentials, clockSkewMs: number) {
    this.#credentials = credentials;
    this.#clockSkewMs = clockSkewMs;
  }

  /** Returns null if the request is authentic, fresh and complete; otherwise the error in the vendor's terms. */
  check(request: RpcRequest, body: Buffer): Failure | null {
    for (const name of mandatoryHeaders) {
      if (header(request.headers, name) === '') return missingParameter(name);
    }
    const nowMs = Date.now() + this.#clockSkewMs;
    const dateFailure = checkDate(header(request.headers, 'x-acs-date'), nowMs);
    if (dateFailure !== null) return dateFailure;

    const parts = authorizationForm.exec(header(request.headers, 'authorization'));
    const [, accessKeyId = '', signedList = '', received = ''] = parts ?? [];
    if (parts === null)
      return incomplete(
        'Authorization must read "ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…"',
      );
    const signedHeaders = signedList.split(';');
    const unsigned = mustBeSigned(request).find((name) => !signedHeaders.includes(name));
    if (unsigned !== undefined) return incomplete(`header "${unsigned}" is not among SignedHeaders`);

    if (accessKeyId !== this.#credentials.accessKeyId) return unknownAccessKey;
    const tokenFailure = checkToken(request, this.#credentials.securityToken);
    if (tokenFailure !== null) return tokenFailure;

    const bodyHash = sha256(body);
    if (header(request.headers, 'x-acs-content-sha256') !== bodyHash) return wrongBodyHash(bodyHash);
    const computed = sign(request, signedHeaders, bodyHash, this.#credentials.accessKeySecret);
    if (!timingSafeEqual(Buffer.from(received), Buffer.from(computed.signature)))
      return wrongSignature(computed);

    return this.#nonces.use(request.nonce, nowMs) ? null : nonceUsed;
  }
}

/** Headers that must be signed if they are sent. */
function mustBeSigned(request: RpcRequest): string[] {
  return Object.keys(request.headers).filter(
    (name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type',
  );
}

/** The vendor documents 15 minutes, but not whether that applies to future dates; here it does. */
function checkDate(date: string, nowMs: number): Failure | null {
  const sentMs = dateForm.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(sentMs)) {
    return {
      code: 'InvalidTimeStamp.Format',
      status: 400,
      message: 'Specified time stamp or date value is not well formatted.',
    };
  }
  if (Math.abs(nowMs - sentMs) <= nonceLifetimeMs) return null;
  return {
    code: 'InvalidTimeStamp.Expired',
    status: 400,
    message: 'Specified time stamp or date value is expired.',
  };
}

/** Statuses and codes are assumptions: none of the vendor's tables lists these codes with a status. */
function checkToken(request: RpcRequest, expected: string | null): Failure | null {
  const received = header(request.headers, 'x-acs-security-token');
  if (received === (expected ?? '')) return null;
  const [code, message] =
    received === ''
      ? ['MissingSecurityToken', 'SecurityToken is mandatory for this action.']
      : expected === null
        ? [
            'InvalidSecurityToken.MismatchWithAccessKey',
            'Specified SecurityToken mismatch with the AccessKey.',
          ]
        : ['InvalidSecurityToken.Malformed', 'Specified SecurityToken is malformed.'];
  return { code, status: 400, message };
}

// The vendor's tables disagree on the status (400 or 404). Clients must rely on the code.
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

/** The vendor documents no code for this. The server hashes what it received, so the signature could not match either. */
function wrongBodyHash(computed: string): Failure {
  return {
    code: 'SignatureDoesNotMatch',
    status: 400,
    message: `Specified x-acs-content-sha256 does not match the body. server hash is [${computed}].`,
  };
}

/** Includes the server's side of the calculation, as the real service does. For debugging only. */
function wrongSignature({ canonicalRequest, stringToSign }: ServerSignature): Failure {
  return {
    code: 'SignatureDoesNotMatch',
    status: 400,
    message: `Specified signature does not match our calculation. server StringToSign is [${stringToSign}], server CanonicalRequest is [${canonicalRequest}].`,
  };
}
