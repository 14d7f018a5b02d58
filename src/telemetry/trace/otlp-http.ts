import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { guarded } from '../../guarded.ts';
import { encodeSpans } from './otlp.ts';
import type { Attributes, TraceSpan } from './span.ts';
import { SpansNotTakenError } from './span-queue.ts';

/** Where a collector takes traces, below the address of its configuration. */
const PATH = 'v1/traces';

/** How long a collector may take for a batch, in milliseconds, as other exporters have it. */
const TIMEOUT_MS = 10_000;

/** A collector that is busy; all else it would say again. @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends spans to one collector, as OTLP over HTTP. */
export class OtlpHttp {
  readonly #url: URL;
  readonly #resource: Attributes;
  readonly #agent: http.Agent;

  /** @param endpoint as in `http://collector:4318`; a path in it stays before the collector's own */
  constructor(endpoint: string, resource: Attributes) {
    const base = new URL(endpoint);
    this.#url = new URL(base);
    this.#url.pathname = `${withoutSlashes(base.pathname)}/${PATH}`;
    this.#resource = resource;
    const options = { keepAlive: true, maxSockets: 1, timeout: TIMEOUT_MS };
    this.#agent = base.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /** @throws SpansNotTakenError */
  send(spans: readonly TraceSpan[]): Promise<void> {
    const body = Buffer.from(encodeSpans(this.#resource, spans));
    const { request } = this.#url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const sending = request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const take = (response: IncomingMessage) => {
        const { statusCode: status = 0 } = response;
        response.on('error', () => {}).resume();
        if (status >= 200 && status < 300) response.once('close', resolve);
        else reject(new SpansNotTakenError(`HTTP ${status}`, BUSY.has(status)));
      };
      sending.on('response', guarded(take, reject));
      sending.on('error', ({ name, code }: NodeJS.ErrnoException) =>
        reject(new SpansNotTakenError(code ?? name, true)),
      );
      sending.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}
