/**
 * Classes of upstream error codes:
 * - `throttled`: too many requests; the rate limiter slows down, and the call is retried after the wait;
 * - `unavailable`: a temporary fault of the upstream; the call is retried, and the circuit breaker counts it;
 * - `denied`: the account, its key, its permissions or this machine's clock; only the operator can fix it;
 * - `misconfigured`: the upstream does not serve this endpoint, region, API version or protocol; only the operator can fix
 *   it;
 * - `bad request`: the upstream rejects a parameter or the kind of request;
 * - `not found`: the requested object does not exist.
 */
export type CodeClass =
  | 'throttled'
  | 'unavailable'
  | 'denied'
  | 'misconfigured'
  | 'bad request'
  | 'not found';

/** Pages that document the codes. Nearly all products of the vendor share the codes of the API gateway in front of them. */
export const SOURCES = {
  IMS: 'https://help.aliyun.com/document_detail/197855.html',
  'ICE skill': 'https://github.com/aliyun/alibabacloud-aiops-skills/tree/master/skills/mediaservices',
  'ICE kit': 'https://github.com/MediaBox-AUIKits/AUIAICall',
  common: 'https://help.aliyun.com/document_detail/60629.html',
  push: 'https://help.aliyun.com/en/document_detail/434846.html',
  ECS: 'https://github.com/AlibabaCloudDocs/ecs/blob/master/intl.en-US/API%20Reference/Call%20methods/Response%20results.md',
  PolarDB: 'https://help.aliyun.com/document_detail/51132.html',
  DNS: 'https://help.aliyun.com/en/dns/error-code',
  VOD: 'https://www.alibabacloud.com/help/doc-detail/52841.htm',
  MPS: 'https://github.com/AlibabaCloudDocs/mts/blob/master/intl.en-US/API%20Reference/Appendix/Error%20code%20list.md',
  KMS: 'https://www.alibabacloud.com/help/doc-detail/69008.htm',
  RAM: 'https://help.aliyun.com/document_detail/28672.html',
  STS: 'https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes',
  token: 'https://help.aliyun.com/zh/xgip/developer-reference/api-error-codes-1',
  ENS: 'https://help.aliyun.com/en/document_detail/3060281.html',
  RDS: 'https://help.aliyun.com/en/rds',
  OSS: 'https://help.aliyun.com/document_detail/32005.html',
  Terraform: 'https://github.com/aliyun/terraform-provider-alicloud/blob/master/alicloud/errors.go',
  'SDK for Go': 'https://github.com/aliyun/alibaba-cloud-sdk-go/tree/master/sdk/errors',
  'error centre': 'https://error-center.alibabacloud.com/status/product/Public',
} as const;

type Source = keyof typeof SOURCES;

/** Codes of one class from one source, separated by white space, spelled as in the source. */
type Row = readonly [meaning: CodeClass, source: Source, codes: string];

const TABLE: readonly Row[] = [
  // IMS's own page. Its throttling code comes with HTTP 403; the last code has a capital A there.
  ['throttled', 'IMS', 'RequestsTooFrequent'],
  ['unavailable', 'IMS', 'InternalError ServiceUnAvailable'],
  ['denied', 'IMS', 'OperationDenied OperationDenied.Suspended Forbidden'],
  ['bad request', 'IMS', 'MissingParameter InvalidParameter InvalidParamater IdempotentParameterMismatch'],
  ['not found', 'IMS', 'ResourceNotFound ProjectNotFound'],
  ['denied', 'ICE skill', 'QuotaExceeded MainAccountUserNotFound NOT_ENOUGH_ALLOCATE_CREDIT_QUOTA'],
  ['bad request', 'ICE skill', 'InvalidVoiceId InvalidStyleId InvalidFileType FileSizeExceed ParseFailed'],
  ['denied', 'ICE kit', 'Forbidden.SubscriptionRequired'],
  ['not found', 'ICE kit', 'AgentNotFound'],

  // Sibling products that share a back end with IMS.
  ['denied', 'MPS', 'InvalidIdentity.ServiceDisabled'],
  ['denied', 'MPS', 'PermissionDenied.ResourceAccess PermissionDenied.ResourceQuotaExceed'],
  ['not found', 'MPS', 'InvalidParameter.ResourceNotFound InvalidParameter.ResourceDeleted'],
  [
    'bad request',
    'MPS',
    'InvalidParameter.NullValue InvalidParameter.EmptyValue InvalidParameter.OutOfRange',
  ],
  ['bad request', 'MPS', 'InvalidParameter.NotSupported InvalidParameter.Format'],

  // Throttling, documented with HTTP 400, 403, 429 and 503.
  ['throttled', 'push', 'Throttling.User Throttling.Api'],
  ['throttled', 'VOD', 'Throttling'],
  ['throttled', 'ECS', 'Throttling.Resource'],
  ['throttled', 'ICE skill', 'Throttling.System Throttling.AllocationQuota'],
  ['throttled', 'Terraform', 'Throttling.ConcurrentLimitExceeded Throttling.UserConcurrentLimit'],
  ['throttled', 'Terraform', 'Rejected.Throttling TooManyRequests FlowControlError'],
  ['throttled', 'Terraform', 'EipOperation.TooFrequently FileSystem.ModifyThroughputModeTooFrequent'],
  ['throttled', 'Terraform', 'ResolverEndpoint.Operation.ExceedsFrequency'],

  // Temporary faults.
  ['unavailable', 'ECS', 'ServiceUnavailable ServiceUnavailable.RegionMaintaining UnknownError'],
  ['unavailable', 'ECS', 'LastTokenProcessing OperationConflict'],
  ['unavailable', 'KMS', 'InternalFailure ServiceUnavailableTemporary SerivceUnavailableTemporary'],
  ['unavailable', 'Terraform', 'InternalServerError SystemBusy System.Busy ServiceBusy Site.ServiceBusy'],
  ['unavailable', 'Terraform', 'UNKNOWN RequestTimeout'],

  // Key, signature, clock, nonce, token.
  ['denied', 'common', 'InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive'],
  ['denied', 'OSS', 'InvalidAccessKeyId InvalidSecurityToken'],
  ['denied', 'push', 'SignatureDoesNotMatch SignatureNonceUsed InvalidTimeStamp.Expired'],
  ['denied', 'ECS', 'Forbidden.AccessKeyDisabled IncompleteSignature IllegalTimestamp'],
  ['denied', 'token', 'InvalidSecurityToken.Expired InvalidSecurityToken.Malformed'],
  ['denied', 'error centre', 'InvalidSecurityToken.MismatchWithAccessKey MissingSecurityToken'],
  ['misconfigured', 'common', 'InvalidTimeStamp.Format InvalidSignatureMethod'],

  // Permissions and the state of the account.
  ['denied', 'ECS', 'Forbidden.RAM Forbidden.NotSupportRAM Forbedden.NotSupportRAM'],
  ['denied', 'ECS', 'RealNameAuthenticationError InvalidAccount.NotFound InsufficientBalance'],
  ['denied', 'PolarDB', 'ActionUnauthorized Forbidden.SubUser Forbidden.Unauthorized'],
  ['denied', 'ENS', 'AccessDenied'],
  ['denied', 'DNS', 'Forbidden.UserVerification Forbidden.RiskControl'],
  ['denied', 'KMS', 'Forbidden.ProhibitedByRiskControl Forbidden.InDebt Forbidden.InDebtOverdue'],
  ['denied', 'KMS', 'Forbidden.KmsServiceNotEnabled'],
  ['denied', 'ICE skill', 'Forbidden.NoPermission Forbidden.NoRAMPermission Forbidden.Access'],
  ['denied', 'ICE skill', 'OperationDenied.NoPermission OperationDenied.InsufficientBalance'],
  ['denied', 'Terraform', 'User.InDebt'],
  ['denied', 'RDS', 'AccountArrears'],

  // The request, the version and the endpoint.
  ['bad request', 'common', 'InvalidParameter.Accept UnsupportedHTTPMethod'],
  ['bad request', 'error centre', 'InvalidParameter.IsNull ContentLengthDoesNotMatch ContentMD5NotMatched'],
  ['bad request', 'ECS', 'UnsupportedParameter InvalidOwner InvalidOwnerId InvalidOwnerAccount'],
  ['bad request', 'DNS', 'UnsupportedOperation'],
  ['misconfigured', 'common', 'InvalidApi.NotFound InvalidProduct.NotFound InvalidProtocol.NeedSsl'],
  ['misconfigured', 'common', 'InvalidVersion InvalidVersion.NotFound'],
  ['misconfigured', 'DNS', 'NoSuchVersion'],
  ['misconfigured', 'ECS', 'InvalidAction InvalidRegionId.NotFound'],
  ['misconfigured', 'SDK for Go', 'InvalidAction.NotFound'],
  ['misconfigured', 'error centre', 'InvalidRegion.NotFound RegionId.ApiNotSupported NotSupportedEndpoint'],

  // RAM and STS, which issue the credentials of a role.
  ['denied', 'STS', 'NoPermission AuthenticationFail.NoPermission AuthenticationFail.OIDCToken.Expired'],
  [
    'denied',
    'STS',
    'AuthenticationFail.OIDCToken.AudienceNotMatch AuthenticationFail.OIDCToken.HttpsUrlInvalid',
  ],
  ['denied', 'STS', 'AuthenticationFail.OIDCToken.Invalid AuthenticationFail.OIDCToken.InvalidSignature'],
  ['denied', 'RAM', 'EntityNotExist.Role EntityNotExist.User.AccessKey'],
  ['bad request', 'STS', 'InvalidParameter.RoleArn InvalidParameter.RoleSessionName'],
  ['bad request', 'STS', 'InvalidParameter.DurationSeconds InvalidParameter.PolicyGrammar'],
  ['bad request', 'STS', 'InvalidParameter.PolicySize'],
];

/** Undocumented prefixes. Every documented code that starts with one has the same class. */
const PREFIXES: readonly (readonly [CodeClass, string])[] = [
  [
    'denied',
    'AuthenticationFail EntityNotExist InvalidAccount InvalidIdentity InvalidTimeStamp PermissionDenied',
  ],
  ['misconfigured', 'InvalidApi InvalidProduct InvalidProtocol InvalidRegion InvalidRegionId'],
];

/** @internal Every documented code, once. */
export const DOCUMENTED_CODES = TABLE.flatMap(([meaning, source, codes]) =>
  codes.split(' ').map((code) => ({ code, meaning, source })),
);

/** By code in lower case: the vendor's pages disagree on capitalisation. */
const CLASSES: ReadonlyMap<string, CodeClass> = new Map([
  ...PREFIXES.flatMap(([meaning, codes]) =>
    codes.split(' ').map((code) => [code.toLowerCase(), meaning] as const),
  ),
  ...DOCUMENTED_CODES.map(({ code, meaning }) => [code.toLowerCase(), meaning] as const),
]);

/** Patterns by which products form further codes, in lower case; the first match decides. */
const PATTERNS: readonly (readonly [RegExp, CodeClass])[] = [
  [/throttling|toofrequent|toomanyrequests|flowcontrol/, 'throttled'],
  [/not(?:found|exist)/, 'not found'],
  [/^(?:missing|invalid|illegal)/, 'bad request'],
];

export interface KnownCode {
  readonly meaning: CodeClass;
  /** Whether neither the code nor a prefix up to a dot is documented: the class is then guessed from a pattern. */
  readonly isGuess: boolean;
}

/**
 * The class of an error code: its own if documented, else that of its longest known prefix up to a dot (`Throttling.New` is a
 * `Throttling`), else by pattern (`MissingPageNo`, `Voice.NotFound`). The HTTP status of a known code is ignored: pages
 * document several for one code, 404 for a wrong key and 403 for throttling.
 *
 * @returns undefined for an unknown code
 */
export function classOf(code: string): KnownCode | undefined {
  const lower = code.toLowerCase();
  const exact = CLASSES.get(lower);
  if (exact !== undefined) return { meaning: exact, isGuess: false };
  const pattern = PATTERNS.find(([form]) => form.test(lower))?.[1];
  // A pattern overrides the prefix in two cases: any product may have its own throttling codes, and
  // `InvalidParameter.VoiceNotFound` means that the voice was not found.
  if (pattern === 'throttled') return { meaning: pattern, isGuess: false };
  const family = familyOf(lower);
  if (family === 'bad request' && pattern === 'not found') return { meaning: pattern, isGuess: false };
  if (family !== undefined) return { meaning: family, isGuess: false };
  return pattern && { meaning: pattern, isGuess: true };
}

/** Class of the longest known prefix that ends before a dot. */
function familyOf(code: string): CodeClass | undefined {
  for (let dot = code.lastIndexOf('.'); dot > 0; dot = code.lastIndexOf('.', dot - 1)) {
    const meaning = CLASSES.get(code.slice(0, dot));
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

/** The class of a response with an unknown code, by its HTTP status; undefined when the status is inconclusive. */
export function classOfStatus(status: number): CodeClass | undefined {
  if (status === 429) return 'throttled';
  if (status === 408 || status >= 500) return 'unavailable';
  return status === 401 || status === 402 || status === 403 ? 'denied' : undefined;
}
