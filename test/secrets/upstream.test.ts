import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { runGateway } from '../process/gateway-process.ts';
import { findSecrets } from './find-secrets.ts';
import { secretsIn } from './secrets-in.ts';

const CREDENTIALS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-upstream-id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'upstream/key+secret',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-upstream-token==',
};
const QUERY = encodeURIComponent(
  '{ customizedVoiceJobs { totalCount } customizedVoiceJob(jobId: "x") { jobId } }',
);

/** An upstream with the given response; `await using` stops it. */
async function startUpstream(answer: RequestListener) {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Log and responses of a gateway with such an upstream. */
async function saidWith(answer: RequestListener): Promise<string> {
  await using upstream = await startUpstream(answer);
  await using gateway = runGateway({ ...CREDENTIALS, IMS_ENDPOINT: upstream.endpoint, LOG_LEVEL: 'trace' });
  const origin = await gateway.origin;
  const texts = [];
  for (const path of [`/graphql?query=${QUERY}`, '/ready', '/metrics'])
    texts.push(await (await fetch(origin + path)).text());
  gateway.child.kill('SIGTERM');
  await gateway.ended;
  const { stdout, stderr } = gateway.output;
  expect(stdout).toContain('upstream call failed');
  return [stdout, stderr, ...texts].join('\n');
}

describe('secrets that an upstream echoes are not forwarded', () => {
  test.each([
    ['in its message, as the service does with a signature that it does not take', 'Message', 400],
    ['in its advice', 'Recommend', 500],
    ['in the name of its host', 'HostId', 403],
    ['in its code', 'Code', 400],
  ])('%s', async (_, field, status) => {
    const said = await saidWith(({ headers }, response) => {
      const body = {
        RequestId: 'E7D5-0A',
        Code: 'SignatureDoesNotMatch',
        [field]: `got ${JSON.stringify(headers)}`,
      };
      response.writeHead(status).end(JSON.stringify(body));
    });
    expect(findSecrets(said, secretsIn(CREDENTIALS))).toEqual([]);
  });

  test('in a page that is not JSON, and in headers', async () => {
    const said = await saidWith(({ headers }, response) => {
      const echo = JSON.stringify(headers);
      response.writeHead(502, { 'x-acs-request-id': 'E7D5-0B', 'x-echo': echo }).end(`<html>${echo}`);
    });
    expect(findSecrets(said, secretsIn(CREDENTIALS))).toEqual([]);
  });

  test('in a response that is not HTTP', async () => {
    const said = await saidWith(
      ({ headers, socket }) => void socket.end(`${JSON.stringify(headers)}\r\n\r\n`),
    );
    expect(findSecrets(said, secretsIn(CREDENTIALS))).toEqual([]);
  });
});

test('credentials that no header can carry are rejected at start without being quoted', async () => {
  const credentials = { ...CREDENTIALS, ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-token-with\na-line-feed' };
  await using gateway = runGateway(credentials);
  expect(await gateway.ended).toBe(1);
  const said = gateway.output.stdout + gateway.output.stderr;
  expect(said).toContain('ALIBABA_CLOUD_SECURITY_TOKEN');
  const parts = ['CAIS-token-with', 'a-line-feed'].map((value) => ({ name: 'part of the token', value }));
  expect(findSecrets(said, [...secretsIn(credentials), ...parts])).toEqual([]);
});
