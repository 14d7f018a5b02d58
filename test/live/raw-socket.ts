import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type ClientOptions, WebSocket } from 'ws';
import { STATUS_QUERY } from './subscriber-under-test.ts';

/** A message of graphql-transport-ws. */
export interface Message {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the type's, and expectations check it
  readonly payload?: any;
}

/** A WebSocket on which a test sends arbitrary messages. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly received: Message[];
  /** Its close code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Sends a message of the protocol, or a raw text. */
  say(message: Message | string): void;
}

/** Response to a rejected handshake. */
export interface Refused {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** @param protocols the supported one by default */
export async function connect(
  origin: string,
  options: ClientOptions & { readonly path?: string; readonly protocols?: readonly string[] } = {},
): Promise<RawSocket | Refused> {
  const { path = '/graphql', protocols = ['graphql-transport-ws'], ...rest } = options;
  const socket = new WebSocket(origin.replace('http', 'ws') + path, [...protocols], rest);
  const received: Message[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  const refused = once(socket, 'unexpected-response').then(async ([_, response]) => ({
    status: response.statusCode,
    headers: response.headers,
    text: await text(response),
  }));
  const opened = once(socket, 'open').then(() => ({
    socket,
    received,
    closed,
    say: (message: Message | string) =>
      socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  }));
  opened.catch(() => {});
  refused.catch(() => {});
  closed.catch(() => {});
  return Promise.race([opened, refused]);
}

/** Like {@link connect}, but must succeed. */
export async function open(...args: Parameters<typeof connect>): Promise<RawSocket> {
  const connected = await connect(...args);
  if ('status' in connected) throw new Error(`HTTP ${connected.status}: ${connected.text}`);
  return connected;
}

/** A subscription to the states of a job. */
export function subscribeTo(jobId: string, id = '1', query = STATUS_QUERY): Message {
  return { type: 'subscribe', id, payload: { query, variables: { jobId } } };
}
