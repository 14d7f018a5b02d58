import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type ClientOptions, WebSocket } from 'ws';
import { STATUS_QUERY } from './following.ts';

/** A message of the protocol, as it is on the wire. */
export interface Message {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the type's, and expectations check it
  readonly payload?: any;
}

/** A WebSocket on which a test says what it likes. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly received: Message[];
  /** With what it was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** As the protocol has it, or as it is where it is a text. */
  say(message: Message | string): void;
}

/** What a handshake was refused with. */
export interface Refused {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** @param protocols none: as who knows no other than the right one */
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

/** As {@link connect}, where that has to succeed. */
export async function open(...args: Parameters<typeof connect>): Promise<RawSocket> {
  const connected = await connect(...args);
  if ('status' in connected) throw new Error(`HTTP ${connected.status}: ${connected.text}`);
  return connected;
}

/** A subscription to the states of a job. */
export function subscribeTo(jobId: string, id = '1', query = STATUS_QUERY): Message {
  return { type: 'subscribe', id, payload: { query, variables: { jobId } } };
}
