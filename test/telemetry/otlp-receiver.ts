import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Recording } from '../secrets/recording.ts';

/** A span as a collector gets it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceState?: string;
  }[];
  readonly isError: boolean;
}

/** A collector of traces on a real socket. `await using` ends it. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: Span[];
  /** Of the last request. */
  resource: Readonly<Record<string, unknown>>;
  /** All that came, in the order of coming. */
  readonly requests: { readonly path: string | undefined; readonly contentType: string | undefined }[];
  /** With which the next requests are answered; `hang` answers none. What is not taken is not in {@link spans}. */
  status: number | 'hang';
  /** Children of a span, in the order of their beginning. */
  childrenOf(parent: Span): Span[];
  /** Waits until so many spans with a name have come. */
  named(name: string, count?: number): Promise<Span[]>;
}

const ANY_PORT = 0;

/** @param port to listen on; any free one without it */
export async function startReceiver(port: number = ANY_PORT): Promise<OtlpReceiver> {
  const recording = new Recording();
  const server = createServer(async (request, response) => {
    const body = String(await buffer(request));
    receiver.requests.push({ path: request.url, contentType: request.headers['content-type'] });
    recording.add(body);
    if (receiver.status === 'hang') return;
    if (receiver.status === 200) {
      for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
        receiver.resource = plain(resource.attributes);
        for (const { spans } of scopeSpans) receiver.spans.push(...spans.map(spanOf));
      }
    }
    response.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}');
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const receiver: OtlpReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    resource: {},
    requests: [],
    status: 200,
    childrenOf: ({ spanId }) =>
      receiver.spans
        .filter(({ parentSpanId }) => parentSpanId === spanId)
        .sort((one, other) => Number(one.start - other.start)),
    async named(name, count = 1) {
      const deadline = performance.now() + 10_000;
      for (;;) {
        const found = receiver.spans.filter((span) => span.name === name);
        if (found.length >= count) return found;
        if (performance.now() > deadline) {
          const names = receiver.spans.map((span) => span.name).join(', ');
          throw new Error(`${found.length} of ${count} spans ${name} came; there are ${names || 'none'}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async [Symbol.asyncDispose]() {
      recording.end();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan extends Omit<Span, 'attributes' | 'start' | 'end' | 'links' | 'isError'> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly WireAttribute[];
  readonly links?: Span['links'];
  readonly status?: { readonly code: number };
}

function spanOf({ startTimeUnixNano, endTimeUnixNano, attributes, links, status, ...rest }: WireSpan): Span {
  return {
    ...rest,
    start: BigInt(startTimeUnixNano),
    end: BigInt(endTimeUnixNano),
    attributes: plain(attributes),
    links: links ?? [],
    isError: status?.code === 2,
  };
}

function plain(attributes: readonly WireAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
