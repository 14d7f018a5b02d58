import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A reply in RESP, as text; for bulk strings see {@link bulk}. */
export type Reply = string;

/** A server that speaks the Redis protocol and replies to scripts as the test says. */
export interface RespServer extends AsyncDisposable {
  readonly url: string;
  /** Makes the reply to EVALSHA, from the keys of the script. */
  script: (keys: readonly string[]) => Reply;
}

export const bulk = (bytes: Buffer | string): Reply => {
  const text = Buffer.from(bytes).toString('latin1');
  return `$${text.length}\r\n${text}\r\n`;
};

/** Starts a server on a free port. */
export async function startRespServer(): Promise<RespServer> {
  const sockets = new Set<Socket>();
  const respond = (command: readonly string[]): Reply => {
    switch (command[0]?.toLowerCase()) {
      case 'hello':
        return '%0\r\n';
      case 'info':
        return bulk('redis_version:7.2.0\r\nloading:0\r\n');
      case 'evalsha':
      case 'eval':
        return server.script(command.slice(3, 3 + Number(command[2])));
      case 'ping':
        return '+PONG\r\n';
      default:
        return '+OK\r\n';
    }
  };
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let read = readCommand(text); read !== undefined; read = readCommand(text)) {
        text = text.slice(read.length);
        socket.write(respond(read.command), 'latin1');
      }
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const server: RespServer = {
    url: `redis://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    script: () => '_\r\n',
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  return server;
}

/** Parses a command at the start of a text: an array of bulk strings. Undefined while it is incomplete. */
function readCommand(text: string): { readonly command: string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const command: string[] = [];
  let at = head[0].length;
  for (let count = Number(head[1]); count > 0; count--) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const length = Number(text.slice(at + 1, end));
    if (text.length < end + 2 + length + 2) return undefined;
    command.push(text.slice(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return { command, length: at };
}
