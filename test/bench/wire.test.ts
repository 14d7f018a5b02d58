import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WireClient, wireRequest } from '../../tools/bench/load/wire.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let connections = 0;
  server.on('connection', () => connections++);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    get connections() {
      return connections;
    },
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Longer than one read, and not ASCII. */
const LONG = '声音 '.repeat(30_000);

test('WireClient reads complete responses, with a length or chunked, one after the other on one connection', async () => {
  using server = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      if (body === '"length"') {
        response.writeHead(201, { 'content-length': Buffer.byteLength(LONG) }).end(LONG);
        return;
      }
      response.write(LONG.slice(0, 10));
      await sleep(20);
      response.write('');
      response.end(LONG.slice(10));
    });
  });
  using client = new WireClient(server.url);
  const ask = (body: string) => client.send(wireRequest(server.url, body));
  expect(await ask('"length"')).toEqual({ status: 201, text: LONG });
  expect(await ask('"chunks"')).toEqual({ status: 200, text: LONG });
  expect(await ask('"length"')).toEqual({ status: 201, text: LONG });
  expect(server.connections).toBe(1);
  await Promise.all([ask('"chunks"'), ask('"chunks"')]);
  expect(server.connections).toBe(2);
});

test('WireClient does not use a connection that the server has closed', async () => {
  using server = await serve((_request, response) => {
    const { socket } = response;
    response.writeHead(200, { 'content-length': 2 }).end('{}');
    setTimeout(() => socket?.destroy(), 10);
  });
  using client = new WireClient(server.url);
  const request = wireRequest(server.url, '{}');
  for (let asked = 0; asked < 3; asked++) {
    expect((await client.send(request)).text).toBe('{}');
    await sleep(50);
  }
  expect(server.connections).toBe(3);
});

test('WireClient fails for a truncated response', async () => {
  using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('part');
    setTimeout(() => response.destroy(), 20);
  });
  using client = new WireClient(server.url);
  await expect(client.send(wireRequest(server.url, '{}'))).rejects.toThrow('before the end of an answer');
});
