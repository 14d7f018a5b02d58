import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import type { UpstreamErrorCode } from '../../src/errors.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry-rules.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { UPSTREAM_TEXT } from './confidential-texts.ts';
import { type FaultCase, runCase } from './run-case.ts';

const BAD = 'UPSTREAM_BAD_RESPONSE';
const AWAY = 'UPSTREAM_UNAVAILABLE';

/** Complete but wrong responses, which the emulator sends. */
const CASES: [title: string, fault: Fault, code: UpstreamErrorCode, attempts: number][] = [
  ['an HTML page with 200', body('<html><body>words-of-the-upstream</body></html>', 'text/html'), BAD, 1],
  ['the HTML page of a proxy with 502', { kind: 'html' }, AWAY, MAX_ATTEMPTS],
  ['a denial in XML', { kind: 'xml', code: 'Forbidden.RAM', status: 403 }, 'UPSTREAM_DENIED', 1],
  [
    'an internal failure in XML',
    { kind: 'xml', code: 'ServiceUnavailable', status: 503 },
    AWAY,
    MAX_ATTEMPTS,
  ],
  ['an empty 200', { kind: 'empty', status: 200 }, BAD, 1],
  ['an empty 204', { kind: 'empty', status: 204 }, BAD, 1],
  ['an empty 500', { kind: 'empty', status: 500 }, AWAY, MAX_ATTEMPTS],
  ['null', { kind: 'nullBody' }, BAD, 1],
  ['Success: false', { kind: 'notSuccess' }, BAD, 1],
  ['Success: false with a message', body(`{"Success":false,"Message":"${UPSTREAM_TEXT}"}`), BAD, 1],
  ['truncated JSON', { kind: 'cutJson' }, BAD, 1],
  ['a JSON string', body(`"${UPSTREAM_TEXT}"`), BAD, 1],
  ['a JSON list', body('[{"Success":true}]'), BAD, 1],
  ['JSON that is nested too deeply', body(`${'['.repeat(1_000_000)}`), BAD, 1],
  ['an object instead of the list', page('{"TotalCount":1,"CustomizedVoiceJobList":{}}'), BAD, 1],
  [
    'a string instead of the list',
    page(`{"TotalCount":1,"CustomizedVoiceJobList":"${UPSTREAM_TEXT}"}`),
    BAD,
    1,
  ],
  ['a string instead of the total', page('{"TotalCount":"many","CustomizedVoiceJobList":[]}'), BAD, 1],
  ['a negative total', page('{"TotalCount":-1,"CustomizedVoiceJobList":[]}'), BAD, 1],
  ['a fractional total', page('{"TotalCount":0.5,"CustomizedVoiceJobList":[]}'), BAD, 1],
  ['an infinite total', page('{"TotalCount":1e999,"CustomizedVoiceJobList":[]}'), BAD, 1],
  [
    'a total beyond the range of cursors',
    page('{"TotalCount":1073741824,"CustomizedVoiceJobList":[]}'),
    BAD,
    1,
  ],
  ['more rows than requested', page('{"TotalCount":9,"CustomizedVoiceJobList":[{},{},{},{}]}'), BAD, 1],
  ['a redirect (302)', { kind: 'body', status: 302, contentType: 'text/html', text: UPSTREAM_TEXT }, BAD, 1],
  ['not modified (304)', { kind: 'empty', status: 304 }, BAD, 1],
  ['a teapot (418)', { kind: 'body', status: 418, contentType: 'text/plain', text: UPSTREAM_TEXT }, BAD, 1],
  ['an unknown code with 400', error('NeverHeardOf', 400), BAD, 1],
  ['an unknown code with 500', error('NeverHeardOf', 500), AWAY, MAX_ATTEMPTS],
  ['InternalError', error('InternalError', 500), AWAY, MAX_ATTEMPTS],
  ['ServiceUnavailable', error('ServiceUnavailable', 503), AWAY, MAX_ATTEMPTS],
];

describe('a complete but wrong upstream response:', () => {
  test.concurrent.each(CASES)('%s', (title, fault, code, attempts) =>
    runCase(faultCase(title, fault, code, attempts)),
  );
});

/** Codes below HTTP 500 of the vendor's tables that are neither throttling nor retried. */
const CODES: [code: string, status: number, meaning: UpstreamErrorCode][] = [
  ['MissingParameter', 400, BAD],
  ['MissingPageNo', 400, BAD],
  ['InvalidParameter', 400, BAD],
  ['InvalidParameter.PageSize', 400, BAD],
  ['InvalidPageSize', 400, BAD],
  ['InvalidParameter.ResourceNotFound', 404, BAD],
  ['InvalidAccessKeyId.NotFound', 400, 'UPSTREAM_DENIED'],
  ['InvalidAccessKeyId.NotFound', 404, 'UPSTREAM_DENIED'],
  ['InvalidAccessKeyId.Inactive', 400, 'UPSTREAM_DENIED'],
  ['Forbidden.AccessKeyDisabled', 403, 'UPSTREAM_DENIED'],
  ['SignatureDoesNotMatch', 400, 'UPSTREAM_DENIED'],
  ['SignatureDoesNotMatch', 403, 'UPSTREAM_DENIED'],
  ['IncompleteSignature', 403, 'UPSTREAM_DENIED'],
  ['InvalidTimeStamp.Format', 400, 'UPSTREAM_DENIED'],
  ['InvalidTimeStamp.Expired', 400, 'UPSTREAM_DENIED'],
  ['InvalidSecurityToken.Malformed', 400, 'UPSTREAM_DENIED'],
  ['InvalidSecurityToken.MismatchWithAccessKey', 400, 'UPSTREAM_DENIED'],
  ['MissingSecurityToken', 400, 'UPSTREAM_DENIED'],
  ['Forbidden.RAM', 403, 'UPSTREAM_DENIED'],
  ['NoPermission', 403, 'UPSTREAM_DENIED'],
  ['Forbidden', 403, 'UPSTREAM_DENIED'],
  ['InvalidApi.NotFound', 404, 'UPSTREAM_DENIED'],
  ['InvalidProduct.NotFound', 404, 'UPSTREAM_DENIED'],
  ['InvalidProtocol.NeedSsl', 404, 'UPSTREAM_DENIED'],
];

describe('an upstream error', () => {
  test.concurrent.each(CODES)(
    '%s with HTTP %i is not retried, and its text is not forwarded',
    (code, status, meaning) => runCase(faultCase(code, error(code, status), meaning, 1)),
  );
});

function faultCase(title: string, fault: Fault, code: UpstreamErrorCode, attempts: number): FaultCase {
  return { title, begin: ({ emulator }) => emulator.fault(fault), code, attempts };
}

function error(code: string, status: number): Fault {
  return { kind: 'error', code, status, message: UPSTREAM_TEXT };
}

function body(text: string, contentType = 'application/json'): Fault {
  return { kind: 'body', status: 200, contentType, text };
}

function page(data: string): Fault {
  return body(`{"RequestId":"R-1","Success":true,"Data":${data}}`);
}

describe('a look-up by id', () => {
  const OTHER = 'another-id';
  const jobOf = (job: object) =>
    ({
      kind: 'body',
      status: 200,
      contentType: 'application/json',
      text: JSON.stringify({ Success: true, RequestId: 'R-1', Data: { CustomizedVoiceJob: job } }),
    }) as const;
  const ask = (gateway: GatewayUnderTest, jobId: string) =>
    gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }', { jobId });

  test.each([
    ['with another id', { JobId: OTHER, Status: 'Success' }, '"another-id"'],
    ['with a numeric id', { JobId: 1, Status: 'Success' }, '1'],
    ['with an empty id', { JobId: '', Status: 'Success' }, '""'],
  ])(
    'whose response has the job %s is UPSTREAM_BAD_RESPONSE, with the reason in the log',
    async (_title, job, held) => {
      await using gateway = await startGateway();
      gateway.emulator.fault(jobOf(job));
      const { data, errors } = await ask(gateway, 'asked-for');
      expect(data.customizedVoiceJob).toBeNull();
      expect(errors?.[0]?.extensions.code).toBe(BAD);
      const failed = gateway.logged.filter(({ msg }) => msg === 'upstream call failed');
      expect(failed.map(({ outcome, detail }) => [outcome, detail])).toEqual([
        [BAD, `Data.CustomizedVoiceJob.JobId holds ${held}, expected the requested id`],
      ]);
    },
  );

  test('whose response has no id returns the requested job', async () => {
    await using gateway = await startGateway();
    gateway.emulator.fault(jobOf({ Status: 'Success' }));
    const { data } = await ask(gateway, 'asked-for');
    expect(data.customizedVoiceJob).toEqual({ jobId: 'asked-for', status: 'SUCCESS' });
  });
});
