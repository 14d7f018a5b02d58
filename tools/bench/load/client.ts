import { Agent, request } from 'node:http';

/** A complete HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** HTTP client with keep-alive, like the clients of a gateway. */
export class Client implements Disposable {
  readonly #agent = new Agent({ keepAlive: true });

  get(url: string): Promise<HttpAnswer> {
    return this.#send(url, 'GET', undefined);
  }

  post(url: string, body: string): Promise<HttpAnswer> {
    return this.#send(url, 'POST', body);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(url: string, method: string, body: string | undefined): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const outgoing = request(url, { agent: this.#agent, method, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection while the request was in flight, without having received it.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET')
          this.#send(url, method, body).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}
