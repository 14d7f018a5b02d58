import { describe, expect, test } from 'vitest';
import type { RetryKind, UpstreamErrorCode } from '../../src/errors.ts';
import { NotFoundError, RejectedParameterError } from '../../src/upstream/classify.ts';
import { failureOf, outcomeOf } from './outcomes.ts';

/** The codes of the vendor's tables with every status that they give for them. */
const CODES: [code: string, statuses: number[], meaning: UpstreamErrorCode, retry: RetryKind][] = [
  ['MissingParameter', [400], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['MissingPageSize', [400], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['InvalidParameter', [400], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['InvalidParameter.PageSize', [400], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['InvalidPageNo', [400], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['InvalidAccessKeyId.NotFound', [400, 403, 404], 'UPSTREAM_DENIED', 'never'],
  ['InvalidAccessKeyId.Inactive', [400], 'UPSTREAM_DENIED', 'never'],
  ['Forbidden.AccessKeyDisabled', [400, 403], 'UPSTREAM_DENIED', 'never'],
  ['SignatureDoesNotMatch', [400, 403], 'UPSTREAM_DENIED', 'never'],
  ['IncompleteSignature', [400, 403], 'UPSTREAM_DENIED', 'never'],
  ['SignatureNonceUsed', [400], 'UPSTREAM_DENIED', 'once'],
  ['InvalidTimeStamp.Format', [400], 'UPSTREAM_DENIED', 'never'],
  ['InvalidTimeStamp.Expired', [400], 'UPSTREAM_DENIED', 'never'],
  ['InvalidSecurityToken.Expired', [400, 403, 404], 'UPSTREAM_DENIED', 'once'],
  ['InvalidSecurityToken.Malformed', [400], 'UPSTREAM_DENIED', 'never'],
  ['InvalidSecurityToken.MismatchWithAccessKey', [400], 'UPSTREAM_DENIED', 'never'],
  ['MissingSecurityToken', [400], 'UPSTREAM_DENIED', 'never'],
  ['Throttling', [400, 429, 503], 'UPSTREAM_THROTTLED', 'throttled'],
  ['Throttling.User', [400, 429], 'UPSTREAM_THROTTLED', 'throttled'],
  ['Throttling.Api', [400, 429], 'UPSTREAM_THROTTLED', 'throttled'],
  ['Throttling.Anything', [200, 400], 'UPSTREAM_THROTTLED', 'throttled'],
  ['Forbidden', [403], 'UPSTREAM_DENIED', 'never'],
  ['Forbidden.RAM', [403], 'UPSTREAM_DENIED', 'never'],
  ['NoPermission', [403], 'UPSTREAM_DENIED', 'never'],
  ['InvalidApi.NotFound', [404], 'UPSTREAM_DENIED', 'never'],
  ['InvalidProduct.NotFound', [404], 'UPSTREAM_DENIED', 'never'],
  ['InvalidProtocol.NeedSsl', [400, 404], 'UPSTREAM_DENIED', 'never'],
  ['InvalidVersion', [400], 'UPSTREAM_DENIED', 'never'],
  ['InternalError', [500], 'UPSTREAM_UNAVAILABLE', 'later'],
  ['ServiceUnavailable', [503, 400], 'UPSTREAM_UNAVAILABLE', 'later'],
  ['NeverHeardOf', [400, 404, 418], 'UPSTREAM_BAD_RESPONSE', 'never'],
  ['NeverHeardOf', [500, 502, 503, 504], 'UPSTREAM_UNAVAILABLE', 'later'],
];

describe('a code says what failed and whether to try again', () => {
  test.each(CODES)('%s', (Code, statuses, code, retry) => {
    for (const status of statuses) {
      expect(failureOf(status, { RequestId: 'R-1', Code, Message: 'words' })).toMatchObject({ code, retry });
      const xml = `<?xml version='1.0'?><Error><RequestId>R-1</RequestId><Code>${Code}</Code></Error>`;
      expect(failureOf(status, xml)).toMatchObject({
        code,
        retry,
        extensions: { upstreamRequestId: 'R-1' },
        detail: `${Code}, HTTP ${status}`,
      });
    }
  });

  test.each(['InvalidParameter.ResourceNotFound', 'JobNotExist', 'VoiceJob.NotFound'])(
    '%s: there is no such thing',
    (Code) => {
      for (const status of [400, 404]) expect(outcomeOf(status, { Code })).toBeInstanceOf(NotFoundError);
    },
  );

  test('a refused parameter is told apart from the rest', () => {
    expect(outcomeOf(400, { Code: 'InvalidJobId' })).toBeInstanceOf(RejectedParameterError);
  });
});
