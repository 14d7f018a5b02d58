import { Agent, request } from 'node:http';
import type { RawResponse } from './raw-http.ts';

/** A request to send. */
export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  /** Path and query string, as in the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A client that sends well-formed HTTP with any body over one keep-alive connection. */
export class HttpClient implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error if the connection breaks before the response is complete */
  ask({ method = 'POST', target, headers = {}, body }: HttpRequest): Promise<RawResponse> {
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
