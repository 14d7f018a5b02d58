import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { emulators } from './running.ts';

// Required instead of imported, because Node and Vitest disagree on the default import of this CommonJS package.
const core = createRequire(import.meta.url)(
  '@alicloud/openapi-core',
) as typeof import('@alicloud/openapi-core');

const start = emulators();

interface VendorReply {
  statusCode: number;
  headers: Record<string, string>;
  body: { RequestId: string; Success: boolean; Data: Record<string, unknown> };
}

/** Calls an action as the vendor's generated SDK does. */
function vendorCall(
  emulator: Emulator,
  action: string,
  query: Record<string, string>,
  { method = 'POST', body }: { method?: string; body?: Record<string, string> } = {},
): Promise<VendorReply> {
  const config = new core.$OpenApiUtil.Config({
    accessKeyId: emulator.accessKeyId,
    accessKeySecret: emulator.accessKeySecret,
    ...(emulator.securityToken === null ? {} : { securityToken: emulator.securityToken }),
    endpoint: new URL(emulator.endpoint).host,
    protocol: 'http',
  });
  const params = new core.$OpenApiUtil.Params({
    action,
    version: '2020-11-09',
    protocol: 'HTTP',
    pathname: '/',
    method,
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = new core.$OpenApiUtil.OpenApiRequest({ query, ...(body ? { body } : {}) });
  // The client reads only known fields of its runtime options; an empty object is sufficient.
  return new core.default(config).callApi(params, request, {} as never) as Promise<VendorReply>;
}

describe("the vendor's own client", () => {
  it('lists jobs', async () => {
    const emulator = await start();
    const reply = await vendorCall(emulator, 'ListCustomizedVoiceJobs', {
      PageNo: '2',
      PageSize: '7',
      Type: 'Standard',
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.body.Success).toBe(true);
    expect(reply.body.Data).toEqual({
      TotalCount: 42,
      CustomizedVoiceJobList: emulator.list('Standard').slice(7, 14),
    });
    expect(reply.headers['x-acs-request-id']).toBe(reply.body.RequestId);
  });

  it('gets a job', async () => {
    const emulator = await start();
    const [first] = emulator.list('Basic');
    const reply = await vendorCall(emulator, 'GetCustomizedVoiceJob', { JobId: first?.JobId ?? '' });
    const { GmtCreate: _, ...job } = first ?? { GmtCreate: '' };
    expect(reply.body.Data).toEqual({ CustomizedVoiceJob: job });
  });

  it('lists voices', async () => {
    const emulator = await start({ stepMs: 0 });
    const query = { PageNo: '2', PageSize: '7', Type: 'Standard' };
    const reply = await vendorCall(emulator, 'ListCustomizedVoices', query);
    expect(reply.statusCode).toBe(200);
    expect(reply.body.Success).toBe(true);
    expect(reply.body.Data).toEqual({
      TotalCount: emulator.voices('Standard').length,
      CustomizedVoiceList: emulator.voices('Standard').slice(7, 14),
    });
  });

  it('gets a voice', async () => {
    const emulator = await start({ stepMs: 0 });
    const [first] = emulator.voices('Basic');
    const reply = await vendorCall(emulator, 'GetCustomizedVoice', { VoiceId: first?.VoiceId ?? '' });
    const { Type: _, ...voice } = first ?? { Type: '' };
    expect(reply.body.Data).toEqual({ CustomizedVoice: voice });
  });

  it('is accepted with GET', async () => {
    const emulator = await start();
    const reply = await vendorCall(emulator, 'ListCustomizedVoiceJobs', { PageSize: '1' }, { method: 'GET' });
    expect(reply.statusCode).toBe(200);
    expect(emulator.calls.at(-1)?.method).toBe('GET');
  });

  it('is accepted with a form body', async () => {
    const emulator = await start();
    const { JobId } = emulator.insert('Basic', { JobId: '任务 1+1' });
    const reply = await vendorCall(emulator, 'GetCustomizedVoiceJob', {}, { body: { JobId } });
    expect(reply.body.Data.CustomizedVoiceJob).toMatchObject({ JobId });
    expect(emulator.calls.at(-1)?.params).toEqual({ JobId });
  });

  it.each(['晨曦女声', '🎙️ a b', "+!'()*~/=&%?#;,:@$[]\\", ' '])(
    'is accepted with the id %j',
    async (JobId) => {
      const emulator = await start();
      emulator.insert('Basic', { JobId });
      const reply = await vendorCall(emulator, 'GetCustomizedVoiceJob', { JobId });
      expect(reply.body.Data.CustomizedVoiceJob).toMatchObject({ JobId });
    },
  );

  it('is accepted with an STS session', async () => {
    const emulator = await start({ securityToken: 'CAIS+emulated/token==' });
    const reply = await vendorCall(emulator, 'ListCustomizedVoiceJobs', { Type: 'Basic' });
    expect(reply.body.Data.TotalCount).toBe(271);
  });

  it('understands an error in JSON', async () => {
    const emulator = await start();
    const lost = vendorCall(emulator, 'GetCustomizedVoiceJob', { JobId: 'nobody' });
    await expect(lost).rejects.toMatchObject({ code: 'InvalidParameter.ResourceNotFound', statusCode: 400 });
    const voiceless = vendorCall(emulator, 'GetCustomizedVoice', { VoiceId: 'nobody' });
    await expect(voiceless).rejects.toMatchObject({ code: 'InvalidParameter.ResourceNotFound' });
  });

  it('understands an error in XML', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'xml', code: 'ServiceUnavailable', status: 503 });
    await expect(vendorCall(emulator, 'ListCustomizedVoiceJobs', {})).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      statusCode: 503,
    });
  });

  it('understands throttling, and reads the wait in milliseconds', async () => {
    const emulator = await start();
    emulator.setQuota(0);
    const throttled = await vendorCall(emulator, 'ListCustomizedVoiceJobs', {}).catch((e: unknown) => e);
    expect(throttled).toBeInstanceOf(core.ThrottlingError);
    expect(throttled).toMatchObject({ code: 'Throttling.User', statusCode: 400 });
    const { retryAfter } = throttled as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(1000);
  });
});
