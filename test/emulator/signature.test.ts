import { describe, expect, it } from 'vitest';
import { sign } from '../../emulator/canonical-request.ts';
import { emulators } from './running.ts';
import {
  call,
  type ParsedReply,
  parsedReply,
  type Signing,
  send,
  signed,
  type Wire,
} from './signed-request.ts';

const start = emulators();
const minuteMs = 60_000;

/** Signs a List call, modifies it with `tamper`, and sends it to a new emulator. */
async function afterTampering(tamper: (wire: Wire) => void, signing: Signing = {}): Promise<ParsedReply> {
  const emulator = await start();
  const wire = signed(emulator, 'ListCustomizedVoiceJobs', { PageNo: '1', Type: 'Basic' }, signing);
  tamper(wire);
  return parsedReply(await send(emulator, wire));
}

function dateShifted(byMs: number): Signing {
  return { headers: { 'x-acs-date': `${new Date(Date.now() + byMs).toISOString().slice(0, 19)}Z` } };
}

it("the verifier computes the signature printed in the vendor's documentation", () => {
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  };
  const query = [
    ['RegionId', 'cn-shanghai'],
    ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'],
  ] as const;
  const { stringToSign, signature } = sign(
    { method: 'POST', path: '/', headers, query },
    Object.keys(headers),
    headers['x-acs-content-sha256'],
    'YourAccessKeySecret',
  );
  expect(stringToSign).toBe(
    'ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259',
  );
  expect(signature).toBe('06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0');
});

it('an unmodified request is accepted', async () => {
  expect((await afterTampering(() => undefined)).status).toBe(200);
});

describe('SignatureDoesNotMatch', () => {
  it('is returned for a wrong secret', async () => {
    const emulator = await start();
    const { status, body } = await call({ ...emulator, accessKeySecret: 'guess' }, 'ListCustomizedVoiceJobs');
    expect([status, body.Code]).toEqual([400, 'SignatureDoesNotMatch']);
    expect(body.Message).toContain('server StringToSign is [ACS3-HMAC-SHA256');
  });

  it.each<[string, (wire: Wire) => void]>([
    ['an altered parameter', (wire) => (wire.path = wire.path.replace('PageNo=1', 'PageNo=2'))],
    ['an added parameter', (wire) => (wire.path += '&PageSize=100')],
    ['a removed parameter', (wire) => (wire.path = '/?PageNo=1')],
    ['another method', (wire) => (wire.method = 'GET')],
    ['another action', (wire) => (wire.headers['x-acs-action'] = 'GetCustomizedVoiceJob')],
    ['another nonce', (wire) => (wire.headers['x-acs-signature-nonce'] = 'another')],
    ['another host', (wire) => (wire.headers.host = 'ice.cn-shanghai.aliyuncs.com')],
    ['a signed header that was not sent', (wire) => delete wire.headers['x-acs-credentials-provider']],
    ['a body that is not the hashed one', (wire) => (wire.body = 'PageNo=9')],
    ['a hash of another body', (wire) => (wire.headers['x-acs-content-sha256'] = '0'.repeat(64))],
  ])('is returned for %s', async (_, tamper) => {
    const signing = { headers: { 'x-acs-credentials-provider': 'static_ak' } };
    const { status, body } = await afterTampering(tamper, signing);
    expect([status, body.Code]).toEqual([400, 'SignatureDoesNotMatch']);
  });

  it('is returned for a modified form body', async () => {
    const { body } = await afterTampering((wire) => (wire.body = 'JobId=b'), { form: 'JobId=a' });
    expect(body.Code).toBe('SignatureDoesNotMatch');
  });
});

describe('IncompleteSignature', () => {
  it.each<[string, (wire: Wire) => void, Signing?]>([
    ['an x-acs header that is not signed', (wire) => (wire.headers['x-acs-retry-attempts'] = '1')],
    ['a content-type that is not signed', (wire) => (wire.headers['content-type'] = 'text/plain')],
    ['another algorithm', (wire) => respell(wire, /^ACS3-HMAC-SHA256/, 'ACS3-HMAC-SM3')],
    ['no Signature', (wire) => respell(wire, /,Signature=.*/, '')],
    ['a short Signature', (wire) => respell(wire, /.$/, '')],
  ])('is returned for %s', async (_, tamper) => {
    const { status, body } = await afterTampering(tamper);
    expect([status, body.Code]).toEqual([400, 'IncompleteSignature']);
  });

  it('is returned for an unsigned host', async () => {
    const { body } = await afterTampering((wire) => respell(wire, /SignedHeaders=host;/, 'SignedHeaders='));
    expect(body.Code).toBe('IncompleteSignature');
  });
});

function respell(wire: Wire, form: RegExp, by: string): void {
  wire.headers.authorization = (wire.headers.authorization ?? '').replace(form, by);
}

it.each([
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
  'authorization',
])('a request without %s gets MissingParameter', async (name) => {
  const { status, body } = await afterTampering((wire) => delete wire.headers[name]);
  expect([status, body.Code]).toEqual([400, 'MissingParameter']);
  expect(body.Message).toContain(`"${name}"`);
});

describe('x-acs-date', () => {
  it.each([-14 * minuteMs, 14 * minuteMs])('is accepted when off by %i ms', async (byMs) => {
    expect((await afterTampering(() => undefined, dateShifted(byMs))).status).toBe(200);
  });

  it.each([-16 * minuteMs, 16 * minuteMs])('is expired when off by %i ms', async (byMs) => {
    const { status, body } = await afterTampering(() => undefined, dateShifted(byMs));
    expect([status, body.Code]).toEqual([400, 'InvalidTimeStamp.Expired']);
  });

  it("is checked against the server's clock, which may be wrong", async () => {
    const emulator = await start({ clockSkewMs: 20 * minuteMs });
    expect((await call(emulator, 'ListCustomizedVoiceJobs')).body.Code).toBe('InvalidTimeStamp.Expired');
    const shifted = dateShifted(20 * minuteMs);
    expect((await call(emulator, 'ListCustomizedVoiceJobs', {}, shifted)).status).toBe(200);
  });

  it.each(['2026-11-22T10:00:00.123Z', '2026-11-22 10:00:00', '2026-13-45T10:00:00Z', '1795341600'])(
    'in the wrong format %s gets InvalidTimeStamp.Format',
    async (date) => {
      const { status, body } = await afterTampering(() => undefined, { headers: { 'x-acs-date': date } });
      expect([status, body.Code]).toEqual([400, 'InvalidTimeStamp.Format']);
    },
  );
});

describe('x-acs-signature-nonce', () => {
  it('is rejected the second time', async () => {
    const emulator = await start();
    const wire = signed(emulator, 'ListCustomizedVoiceJobs');
    expect((await send(emulator, wire)).status).toBe(200);
    const { status, body } = parsedReply(await send(emulator, wire));
    expect([status, body.Code]).toEqual([400, 'SignatureNonceUsed']);
  });

  it('is rejected the second time, even in a newly signed request', async () => {
    const emulator = await start();
    const signing = { headers: { 'x-acs-signature-nonce': 'constant' } };
    await call(emulator, 'ListCustomizedVoiceJobs', {}, signing);
    const { body } = await call(emulator, 'ListCustomizedVoiceJobs', { PageNo: '2' }, signing);
    expect(body.Code).toBe('SignatureNonceUsed');
  });

  it('is used up by a request whose response has a fault', async () => {
    const emulator = await start();
    const wire = signed(emulator, 'ListCustomizedVoiceJobs');
    emulator.fault({ kind: 'reset' }, { times: 1 });
    await expect(send(emulator, wire)).rejects.toThrow();
    expect(parsedReply(await send(emulator, wire)).body.Code).toBe('SignatureNonceUsed');
  });

  it('is not used up by a request with a wrong signature', async () => {
    const emulator = await start();
    const signing = { headers: { 'x-acs-signature-nonce': 'kept' } };
    await call({ ...emulator, accessKeySecret: 'guess' }, 'ListCustomizedVoiceJobs', {}, signing);
    expect((await call(emulator, 'ListCustomizedVoiceJobs', {}, signing)).status).toBe(200);
  });
});

it('an unknown access key gets InvalidAccessKeyId.NotFound', async () => {
  const emulator = await start();
  const { status, body } = await call({ ...emulator, accessKeyId: 'other' }, 'ListCustomizedVoiceJobs');
  expect([status, body.Code]).toEqual([404, 'InvalidAccessKeyId.NotFound']);
});

describe('the security token', () => {
  it.each([
    ['session', null, 'MissingSecurityToken'],
    ['session', 'stale', 'InvalidSecurityToken.Malformed'],
    [undefined, 'surplus', 'InvalidSecurityToken.MismatchWithAccessKey'],
  ])('expected %s, received %s: %s', async (expected, given, code) => {
    const emulator = await start(expected === undefined ? {} : { securityToken: expected });
    const { status, body } = await call({ ...emulator, securityToken: given }, 'ListCustomizedVoiceJobs');
    expect([status, body.Code]).toEqual([400, code]);
  });

  it('must be signed', async () => {
    const emulator = await start({ securityToken: 'session' });
    const wire = signed({ ...emulator, securityToken: null }, 'ListCustomizedVoiceJobs');
    wire.headers['x-acs-security-token'] = 'session';
    expect(parsedReply(await send(emulator, wire)).body.Code).toBe('IncompleteSignature');
  });
});
