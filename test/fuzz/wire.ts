import { connect } from 'node:net';

/** An answer as its bytes say it. */
export interface WireAnswer {
  readonly status: number;
  /** By name in lower case; of a repeated name the last value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How long a server that has not answered is waited for, in milliseconds. */
const PATIENCE_MS = 10_000;

/** How a connection is used. */
export interface Way {
  /** Half-closes the connection once nothing has come for so long, in milliseconds: for what may have no end. */
  readonly endAfterMs?: number;
}

/**
 * Sends bytes over a connection of their own and reads until the server has closed it. They may be no HTTP at all. A server
 * that resets the connection because it refuses to read on has answered what came before that.
 *
 * @throws Error when the server does not close the connection or what it sent is no row of answers
 */
export async function exchange(port: number, bytes: Buffer, { endAfterMs }: Way = {}): Promise<WireAnswer[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  const sofar = () => Buffer.concat(chunks).toString('latin1');
  let idle: NodeJS.Timeout | undefined;
  const awaitMore = () => {
    clearTimeout(idle);
    if (endAfterMs !== undefined) idle = setTimeout(() => socket.end(), endAfterMs);
  };
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(PATIENCE_MS, () =>
      socket.destroy(new Error(`no end after ${PATIENCE_MS} ms; so far: ${sofar().slice(-500)}`)),
    );
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      awaitMore();
    });
    socket.on('close', () => resolve());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.write(bytes, awaitMore);
  });
  clearTimeout(idle);
  return parseAnswers(sofar());
}

/** The answers but those that say only that another one follows. @throws Error when something is left that is no whole answer */
export function parseAnswers(text: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1];
    if (end === -1 || status === undefined) throw new Error(`no answer: ${rest.slice(0, 500)}`);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const [body, after] = splitBody(rest.slice(end + 4), Number(status), headers);
    if (Number(status) >= 200)
      answers.push({ status: Number(status), headers, body: Buffer.from(body, 'latin1').toString() });
    rest = after;
  }
  return answers;
}

function splitBody(
  rest: string,
  status: number,
  headers: Readonly<Record<string, string>>,
): [body: string, after: string] {
  if (status < 200 || status === 204 || status === 304) return ['', rest];
  if (headers['transfer-encoding'] === 'chunked') return splitChunks(rest);
  const length = headers['content-length'];
  // Without either, the body goes on to the end of the connection.
  if (length === undefined) return [rest, ''];
  if (rest.length < Number(length)) throw new Error(`cut short: ${rest.slice(0, 500)}`);
  return [rest.slice(0, Number(length)), rest.slice(Number(length))];
}

function splitChunks(rest: string): [body: string, after: string] {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error(`no chunk: ${rest.slice(at, at + 100)}`);
    const start = lineEnd + 2;
    body += rest.slice(start, start + size);
    at = start + size + 2;
    if (size === 0) return [body, rest.slice(at)];
  }
}
