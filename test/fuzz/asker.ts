import { Agent, request } from 'node:http';
import type { WireAnswer } from './wire.ts';

/** What is sent. */
export interface Asked {
  readonly method?: 'GET' | 'POST';
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Sends well-formed HTTP over one connection that is kept open, whatever is in the bodies. */
export class Asker implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error when the connection broke before the answer was whole */
  ask({ method = 'POST', target, headers = {}, body }: Asked): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        agent: this.#agent,
        host: '127.0.0.1',
        port: this.#port,
        method,
        path: target,
        headers:
          body === undefined
            ? headers
            : { 'content-type': 'application/json', 'content-length': body.length, ...headers },
      });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
