import { describe, expect, test } from 'vitest';
import { type CodeClass, DOCUMENTED_CODES, SOURCES } from '../../src/upstream/error-codes.ts';
import { NotFoundError, RejectedParameterError } from '../../src/upstream/parse-response.ts';
import { failureOf, outcomeOf } from './response-outcome.ts';

/** Error for a caller by class of code, and whether the gateway retries. */
const OUTCOMES: Record<Exclude<CodeClass, 'not found'>, { code: string; retry: string }> = {
  throttled: { code: 'UPSTREAM_THROTTLED', retry: 'throttled' },
  unavailable: { code: 'UPSTREAM_UNAVAILABLE', retry: 'later' },
  denied: { code: 'UPSTREAM_DENIED', retry: 'never' },
  misconfigured: { code: 'UPSTREAM_DENIED', retry: 'never' },
  'bad request': { code: 'UPSTREAM_BAD_RESPONSE', retry: 'never' },
};

/** [HTTP statuses that pages give for the codes, required class of the codes, the codes] */
const EXPECTED: [statuses: number[], meaning: CodeClass, codes: string][] = [
  [[403], 'throttled', 'RequestsTooFrequent'],
  [[400, 429, 503], 'throttled', 'Throttling Throttling.User Throttling.Api Throttling.Resource'],
  [
    [400, 429],
    'throttled',
    'Throttling.ConcurrentLimitExceeded Throttling.UserConcurrentLimit Throttling.System',
  ],
  [
    [429, 400],
    'throttled',
    'Throttling.AllocationQuota Rejected.Throttling TooManyRequests FlowControlError',
  ],
  [[400, 403], 'throttled', 'EipOperation.TooFrequently FileSystem.ModifyThroughputModeTooFrequent'],
  [[400], 'throttled', 'ResolverEndpoint.Operation.ExceedsFrequency'],

  [[500], 'unavailable', 'InternalError InternalFailure InternalServerError UNKNOWN'],
  [[503, 400], 'unavailable', 'ServiceUnAvailable ServiceUnavailable ServiceUnavailable.RegionMaintaining'],
  [[503], 'unavailable', 'ServiceUnavailableTemporary SerivceUnavailableTemporary'],
  [[400], 'unavailable', 'UnknownError SystemBusy System.Busy ServiceBusy Site.ServiceBusy RequestTimeout'],
  [[403, 409], 'unavailable', 'LastTokenProcessing OperationConflict'],

  [[403], 'denied', 'OperationDenied OperationDenied.Suspended Forbidden Forbidden.SubscriptionRequired'],
  [[400, 403], 'denied', 'QuotaExceeded MainAccountUserNotFound NOT_ENOUGH_ALLOCATE_CREDIT_QUOTA'],
  [[400, 403, 404], 'denied', 'InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeyId'],
  [[400, 403], 'denied', 'Forbidden.AccessKeyDisabled SignatureDoesNotMatch IncompleteSignature'],
  [[400], 'denied', 'IllegalTimestamp InvalidTimeStamp.Expired'],
  [[400], 'denied', 'InvalidSecurityToken InvalidSecurityToken.Malformed'],
  [[400], 'denied', 'InvalidSecurityToken.MismatchWithAccessKey MissingSecurityToken'],
  [[403], 'denied', 'Forbidden.RAM Forbidden.NotSupportRAM Forbedden.NotSupportRAM Forbidden.SubUser'],
  [
    [403],
    'denied',
    'Forbidden.Unauthorized Forbidden.NoPermission Forbidden.NoRAMPermission Forbidden.Access',
  ],
  [[403], 'denied', 'OperationDenied.NoPermission AccessDenied ActionUnauthorized'],
  [[403, 200], 'denied', 'NoPermission'],
  [[403], 'denied', 'Forbidden.RiskControl Forbidden.ProhibitedByRiskControl Forbidden.UserVerification'],
  [[403], 'denied', 'RealNameAuthenticationError InvalidAccount.NotFound Forbidden.KmsServiceNotEnabled'],
  [[400, 402, 403], 'denied', 'InsufficientBalance OperationDenied.InsufficientBalance AccountArrears'],
  [[403], 'denied', 'Forbidden.InDebt Forbidden.InDebtOverdue User.InDebt'],
  [[403], 'denied', 'InvalidIdentity.ServiceDisabled PermissionDenied.ResourceAccess'],
  [[403], 'denied', 'PermissionDenied.ResourceQuotaExceed'],
  [[401], 'denied', 'AuthenticationFail.NoPermission AuthenticationFail.OIDCToken.AudienceNotMatch'],
  [[401], 'denied', 'AuthenticationFail.OIDCToken.HttpsUrlInvalid AuthenticationFail.OIDCToken.Invalid'],
  [[401], 'denied', 'AuthenticationFail.OIDCToken.InvalidSignature'],
  [[404, 400], 'denied', 'EntityNotExist.Role EntityNotExist.User.AccessKey'],

  [[400], 'misconfigured', 'InvalidTimeStamp.Format InvalidSignatureMethod NoSuchVersion'],
  [
    [404],
    'misconfigured',
    'InvalidApi.NotFound InvalidProduct.NotFound InvalidVersion.NotFound InvalidVersion',
  ],
  [[403, 404], 'misconfigured', 'InvalidAction InvalidAction.NotFound'],
  [[400, 404], 'misconfigured', 'InvalidProtocol.NeedSsl InvalidRegionId.NotFound InvalidRegion.NotFound'],
  [[400], 'misconfigured', 'RegionId.ApiNotSupported NotSupportedEndpoint'],

  [[400], 'bad request', 'MissingParameter InvalidParameter InvalidParamater IdempotentParameterMismatch'],
  [[400], 'bad request', 'InvalidVoiceId InvalidStyleId InvalidFileType FileSizeExceed ParseFailed'],
  [
    [400],
    'bad request',
    'InvalidParameter.NullValue InvalidParameter.EmptyValue InvalidParameter.OutOfRange',
  ],
  [[400], 'bad request', 'InvalidParameter.NotSupported InvalidParameter.Format InvalidParameter.Accept'],
  [[400], 'bad request', 'InvalidParameter.IsNull UnsupportedParameter UnsupportedOperation'],
  [[400, 403], 'bad request', 'UnsupportedHTTPMethod'],
  [[400], 'bad request', 'ContentLengthDoesNotMatch ContentMD5NotMatched'],
  [[400], 'bad request', 'InvalidOwner InvalidOwnerId InvalidOwnerAccount'],
  [[400], 'bad request', 'InvalidParameter.RoleArn InvalidParameter.RoleSessionName'],
  [[400], 'bad request', 'InvalidParameter.DurationSeconds InvalidParameter.PolicyGrammar'],
  [[400], 'bad request', 'InvalidParameter.PolicySize'],

  [[404, 400], 'not found', 'ResourceNotFound ProjectNotFound AgentNotFound'],
  [[400, 404], 'not found', 'InvalidParameter.ResourceNotFound InvalidParameter.ResourceDeleted'],
];

/** Denials that a new signature or token can resolve. */
const RETRIED_ONCE = [
  'SignatureNonceUsed',
  'InvalidSecurityToken.Expired',
  'AuthenticationFail.OIDCToken.Expired',
];

const CASES = EXPECTED.flatMap(([statuses, meaning, codes]) =>
  codes.split(' ').map((code) => ({ code, statuses, meaning })),
);

/** Variants of a response in JSON and XML and in other case, which must mean the same. */
function* responsesWith(Code: string): Generator<unknown> {
  yield { RequestId: 'R-1', Code, Message: 'words' };
  yield { requestId: 'R-1', code: Code, message: 'words' };
  yield { RequestId: 'R-1', Code: Code.toUpperCase() };
  yield { RequestId: 'R-1', Code: Code.toLowerCase() };
  yield `<?xml version='1.0'?><Error><RequestId>R-1</RequestId><Code>${Code}</Code></Error>`;
}

describe('a documented error code', () => {
  test.each(CASES)('$code is classified as $meaning with each HTTP status that pages give', (expected) => {
    const { code, statuses, meaning } = expected;
    for (const status of statuses) {
      for (const body of responsesWith(code)) {
        const outcome = outcomeOf(status, body);
        if (meaning === 'not found') expect(outcome).toBeInstanceOf(NotFoundError);
        else expect(outcome).toMatchObject(OUTCOMES[meaning]);
      }
    }
  });

  test.each(RETRIED_ONCE)('%s is denied, and retried once with a new signature', (Code) => {
    for (const status of [400, 401, 403, 404])
      for (const body of responsesWith(Code))
        expect(failureOf(status, body)).toMatchObject({ code: 'UPSTREAM_DENIED', retry: 'once' });
  });

  test('is in the tables of test and code, exactly once, with the URL of a page', () => {
    const tested = [...CASES.map(({ code }) => code), ...RETRIED_ONCE];
    expect(DOCUMENTED_CODES.map(({ code }) => code).toSorted()).toEqual(tested.toSorted());
    for (const { source } of DOCUMENTED_CODES) expect(SOURCES[source]).toMatch(/^https:\/\//);
  });

  test('is logged with its HTTP status; the caller gets only the request id', () => {
    const failure = failureOf(403, { RequestId: 'R-1', Code: 'OperationDenied.Suspended', Message: 'words' });
    expect(failure.detail).toBe('OperationDenied.Suspended, HTTP 403');
    expect(failure.extensions).toEqual({ code: 'UPSTREAM_DENIED', upstreamRequestId: 'R-1' });
  });
});

describe('an undocumented error code', () => {
  /** Unknown codes that are reported to the observer. */
  const unknownIn = (status: number, body: unknown) => {
    const unknown: [string, number][] = [];
    outcomeOf(status, body, {}, (code, seen) => unknown.push([code, seen]));
    return unknown;
  };

  test.each([
    ['Throttling.Voice', 403, 'UPSTREAM_THROTTLED'],
    ['Throttling.Voice.Clone', 400, 'UPSTREAM_THROTTLED'],
    ['OperationDenied.Frozen', 400, 'UPSTREAM_DENIED'],
    ['Forbidden.Voice', 400, 'UPSTREAM_DENIED'],
    ['InvalidAccessKeyId.Rotated', 404, 'UPSTREAM_DENIED'],
    ['InvalidTimeStamp.Future', 400, 'UPSTREAM_DENIED'],
    ['AuthenticationFail.OIDCToken.Unheard', 401, 'UPSTREAM_DENIED'],
    ['InvalidApi.Retired', 404, 'UPSTREAM_DENIED'],
    ['ServiceUnavailable.Zone', 400, 'UPSTREAM_UNAVAILABLE'],
    ['InternalError.Voice', 400, 'UPSTREAM_UNAVAILABLE'],
    ['InvalidParameter.PageSize', 500, 'UPSTREAM_BAD_RESPONSE'],
  ])('%s with HTTP %i has the class of its documented prefix', (Code, status, code) => {
    expect(failureOf(status, { Code })).toMatchObject({ code });
    expect(unknownIn(status, { Code })).toEqual([]);
  });

  test.each([
    ['Voice.OperationTooFrequently', 403],
    ['VoiceTooManyRequests', 400],
    ['Account.FlowControl', 503],
    ['Voice.Throttling', 200],
  ])('%s with HTTP %i is throttling by its wording', (Code, status) => {
    expect(failureOf(status, { Code })).toMatchObject({ code: 'UPSTREAM_THROTTLED', retry: 'throttled' });
  });

  test.each([
    [401, 'UPSTREAM_DENIED', 'never'],
    [402, 'UPSTREAM_DENIED', 'never'],
    [403, 'UPSTREAM_DENIED', 'never'],
    [408, 'UPSTREAM_UNAVAILABLE', 'later'],
    [429, 'UPSTREAM_THROTTLED', 'throttled'],
    [500, 'UPSTREAM_UNAVAILABLE', 'later'],
    [502, 'UPSTREAM_UNAVAILABLE', 'later'],
    [503, 'UPSTREAM_UNAVAILABLE', 'later'],
    [504, 'UPSTREAM_UNAVAILABLE', 'later'],
    [200, 'UPSTREAM_BAD_RESPONSE', 'never'],
    [400, 'UPSTREAM_BAD_RESPONSE', 'never'],
    [404, 'UPSTREAM_BAD_RESPONSE', 'never'],
    [418, 'UPSTREAM_BAD_RESPONSE', 'never'],
  ])('without a documented prefix has the class of HTTP status %i', (status, code, retry) => {
    expect(failureOf(status, { Code: 'NeverHeardOf' })).toMatchObject({ code, retry });
    expect(unknownIn(status, { Code: 'NeverHeardOf' })).toEqual([['NeverHeardOf', status]]);
  });

  test.each(['InvalidParameter.VoiceNotFound', 'JobNotExist', 'VoiceJob.NotFound'])(
    '%s says that the thing does not exist, except with HTTP 5xx',
    (Code) => {
      for (const status of [400, 404]) expect(outcomeOf(status, { Code })).toBeInstanceOf(NotFoundError);
    },
  );

  test.each(['VoiceJob.NotFound', 'InvalidVoice', 'MissingVoice'])(
    '%s with HTTP 500 is a fault of the upstream: its class is only a guess',
    (Code) => {
      expect(failureOf(500, { Code })).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
      expect(unknownIn(500, { Code })).toEqual([[Code, 500]]);
    },
  );

  test.each(['MissingPageSize', 'InvalidJobId'])('%s is a rejected parameter by its form', (Code) => {
    expect(outcomeOf(400, { Code })).toBeInstanceOf(RejectedParameterError);
  });

  test('is denied if the response has RAM details, which name the action that a policy must allow', () => {
    const AccessDeniedDetail = {
      AuthAction: 'ice:ListCustomizedVoiceJobs',
      NoPermissionType: 'ImplicitDeny',
      EncodedDiagnosticMessage: 'AQIBIAAAA',
    };
    for (const Code of ['NeverHeardOf', 'InvalidParameter', undefined]) {
      const failure = failureOf(400, { Code, AccessDeniedDetail });
      expect(failure).toMatchObject({ code: 'UPSTREAM_DENIED', retry: 'never' });
      expect(failure.detail).toContain('needs ice:ListCustomizedVoiceJobs');
      expect(JSON.stringify(failure)).not.toContain('AQIBIAAAA');
    }
    const strange = failureOf(403, { Code: 'Forbidden.RAM', AccessDeniedDetail: { AuthAction: 'a b' } });
    expect(strange.detail).toBe('Forbidden.RAM, HTTP 403');
    expect(failureOf(400, { Code: 'Throttling', AccessDeniedDetail }).code).toBe('UPSTREAM_THROTTLED');
  });
});
