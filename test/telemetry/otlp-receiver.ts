import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { Recording } from '../secrets/recording.ts';

/** A span as a collector receives it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the root span of a trace. */
  readonly parentSpanId: string | undefined;
  /** May be empty. */
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceState: string;
  }[];
  readonly isError: boolean;
}

/** Content of one export request. */
export interface OtlpRequest {
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Bytes as received, compressed or not. */
  readonly size: number;
}

/** A trace collector on a real socket. `await using` stops it. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: Span[];
  /** Of the latest request. */
  resource: Readonly<Record<string, unknown>>;
  /** Of the latest request. */
  scope: { readonly name: string; readonly version: string };
  /** All requests, in the order of arrival. */
  readonly requests: OtlpRequest[];
  /** Status of the next responses; `hang` never responds. Spans of rejected requests are not in {@link spans}. */
  status: number | 'hang';
  /** Body of rejecting responses. */
  replyWith: string;
  /** Children of a span, in the order of their start. */
  childrenOf(parent: Span): Span[];
  /** Waits until this many spans with a name have arrived. */
  named(name: string, count?: number): Promise<Span[]>;
}

const ANY_PORT = 0;

/** @param port to listen on; any free one by default */
export async function startReceiver(port: number = ANY_PORT): Promise<OtlpReceiver> {
  const recording = new Recording();
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request);
    const { url: path, headers } = request;
    const contentType = headers['content-type'];
    receiver.requests.push({ path, contentType, headers, size: bytes.length });
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    recording.add(plain.toString('latin1'));
    if (receiver.status === 'hang') return;
    if (receiver.status === 200) take(decode(plain, contentType));
    reply(response, receiver.status, contentType, receiver.replyWith);
  });
  const take = ({ resourceSpans }: Batch) => {
    for (const { resource, scopeSpans } of resourceSpans) {
      receiver.resource = attributesOf(resource.attributes);
      for (const { scope, spans } of scopeSpans) {
        receiver.scope = scope;
        receiver.spans.push(...spans.map(spanOf));
      }
    }
  };
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const receiver: OtlpReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    resource: {},
    scope: { name: '', version: '' },
    requests: [],
    status: 200,
    replyWith: '',
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

/** An empty message means that everything was accepted. An error response has no other format. */
function reply(
  response: ServerResponse,
  status: number,
  contentType = 'application/json',
  text: string,
): void {
  const isJson = contentType.startsWith('application/json');
  response.writeHead(status, { 'content-type': contentType }).end(text || (isJson ? '{}' : ''));
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
}

interface WireSpan extends WireLink {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly WireAttribute[];
  readonly links?: readonly WireLink[];
  readonly status?: { readonly code?: number };
}

/** Content of both encodings, with the names and hexadecimal ids of the JSON encoding. */
interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly WireSpan[];
    }[];
  }[];
}

/**
 * The part of OTLP for traces. @see
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9; repeated Link links = 13;
    Status status = 15;
  }
  message Link { bytes traceId = 1; bytes spanId = 2; string traceState = 3; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message ArrayValue { repeated AnyValue values = 1; }
  message AnyValue {
    oneof value {
      string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; ArrayValue arrayValue = 5;
    }
  }
`);
const Request = root.lookupType('Request');

const BYTE_IDS = new Set(['traceId', 'spanId', 'parentSpanId']);

function decode(bytes: Buffer, contentType: string | undefined): Batch {
  if (contentType === 'application/json') return JSON.parse(String(bytes));
  const message = Request.toObject(Request.decode(bytes), { longs: String, bytes: String });
  const text = JSON.stringify(message, (key, value) =>
    BYTE_IDS.has(key) ? Buffer.from(value, 'base64').toString('hex') : value,
  );
  return JSON.parse(text);
}

function spanOf(span: WireSpan): Span {
  const { parentSpanId, startTimeUnixNano, endTimeUnixNano, attributes, links, status, ...rest } = span;
  return {
    ...linkOf(rest),
    name: rest.name,
    kind: rest.kind,
    parentSpanId: parentSpanId || undefined,
    start: BigInt(startTimeUnixNano),
    end: BigInt(endTimeUnixNano),
    attributes: attributesOf(attributes ?? []),
    links: (links ?? []).map(linkOf),
    isError: status?.code === 2,
  };
}

function linkOf({ traceId, spanId, traceState = '' }: WireLink) {
  return { traceId, spanId, traceState };
}

function attributesOf(attributes: readonly WireAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValueOf(value)]));
}

function plainValueOf({ intValue, arrayValue, ...value }: Readonly<Record<string, unknown>>): unknown {
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue !== undefined)
    return (arrayValue as { values: Record<string, unknown>[] }).values.map(plainValueOf);
  return Object.values(value)[0];
}
