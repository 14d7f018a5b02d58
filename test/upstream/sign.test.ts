import { OpenApiUtil } from '@alicloud/openapi-core';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { sign } from '../../src/upstream/sign.ts';
import { fc } from '../runs.ts';

test("the signature equals the vendor's published test vector", () => {
  const { path, headers } = sign(
    {
      method: 'POST',
      host: 'ecs.cn-shanghai.aliyuncs.com',
      action: 'RunInstances',
      version: '2014-05-26',
      params: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
      date: new Date('2023-10-26T10:22:32.987Z'),
      nonce: '3156853299f313e23d1673dc12e1703d',
    },
    { accessKeyId: 'YourAccessKeyId', accessKeySecret: 'YourAccessKeySecret' },
  );
  expect(path).toBe('/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai');
  expect(headers.authorization).toBe(
    'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,' +
      'SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,' +
      'Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  );
});

test("property: the vendor's own client computes the same signature", () => {
  fc.assert(
    fc.property(
      // Plain names only: the vendor's client does not encode them, contrary to its documentation.
      fc.dictionary(fc.stringMatching(/^[A-Za-z]\w{0,9}$/), fc.string({ unit: 'grapheme' }), { maxKeys: 5 }),
      fc.option(fc.stringMatching(/^[\w+/=]{1,60}$/), { nil: undefined }),
      (params, securityToken) => {
        const credentials = { accessKeyId: 'id', accessKeySecret: 'secret', securityToken };
        const { headers } = sign(
          {
            method: 'POST',
            host: 'ice.cn-shanghai.aliyuncs.com',
            action: 'ListCustomizedVoiceJobs',
            version: '2020-11-09',
            params,
            date: new Date('2026-01-02T03:04:05Z'),
            nonce: 'n',
          },
          credentials,
        );
        const { authorization, ...signed } = headers;
        const request = { pathname: '/', method: 'POST', query: params, headers: signed, protocol: 'https' };
        const theirs = OpenApiUtil.getAuthorization(
          // biome-ignore lint/suspicious/noExplicitAny: the vendor types the request of another package's version
          request as any,
          'ACS3-HMAC-SHA256',
          String(signed['x-acs-content-sha256']),
          credentials.accessKeyId,
          credentials.accessKeySecret,
        );
        expect(authorization).toBe(theirs);
      },
    ),
  );
});

test('an independent verifier accepts the signature, with and without a security token', async () => {
  for (const securityToken of [undefined, 'token+/=']) {
    const emulator = await startEmulator(securityToken === undefined ? {} : { securityToken });
    const { path, headers } = sign(
      {
        method: 'POST',
        host: new URL(emulator.endpoint).host,
        action: 'GetCustomizedVoiceJob',
        version: '2020-11-09',
        params: { JobId: "声音 !'()*~+/=&%" },
        date: new Date(),
        nonce: crypto.randomUUID(),
      },
      { accessKeyId: emulator.accessKeyId, accessKeySecret: emulator.accessKeySecret, securityToken },
    );
    await fetch(`${emulator.endpoint}${path}`, { method: 'POST', headers });
    expect(emulator.calls.map(({ params, outcome }) => ({ params, outcome }))).toEqual([
      { params: { JobId: "声音 !'()*~+/=&%" }, outcome: 'InvalidParameter.ResourceNotFound' },
    ]);
    await emulator.close();
  }
});
