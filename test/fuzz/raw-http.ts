import { connect } from 'node:net';

/** A response, parsed from its bytes. */
export interface RawResponse {
  readonly status: number;
  /** By lower-case name; the last value of a repeated name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How long to wait for a silent server, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** How to use a connection. */
export interface ConnectionOptions {
  /** Milliseconds of silence after which to half-close the connection, for requests that may have no end. */
  readonly endAfterMs?: number;
}

/**
 * Sends bytes, HTTP or not, over a new connection and reads until the server closes it. A server may reset the connection
 * instead of reading on; its responses up to then count.
 *
 * @throws Error if the server does not close the connection, or sends anything but responses
 */
export async function exchange(
  port: number,
  bytes: Buffer,
  { endAfterMs }: ConnectionOptions = {},
): Promise<RawResponse[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  const received = () => Buffer.concat(chunks).toString('latin1');
  let idle: NodeJS.Timeout | undefined;
  const awaitMore = () => {
    clearTimeout(idle);
    if (endAfterMs !== undefined) idle = setTimeout(() => socket.end(), endAfterMs);
  };
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () =>
      socket.destroy(
        new Error(
          `the server did not close the connection within ${TIMEOUT_MS} ms; received: ${received().slice(-500)}`,
        ),
      ),
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
  return parseResponses(received());
}

/** The responses in `text`, without 1xx ones. @throws Error if `text` contains anything but complete responses */
export function parseResponses(text: string): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1];
    if (end === -1 || status === undefined) throw new Error(`not a response: ${rest.slice(0, 500)}`);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const [body, after] = splitBody(rest.slice(end + 4), Number(status), headers);
    if (Number(status) >= 200)
      responses.push({ status: Number(status), headers, body: Buffer.from(body, 'latin1').toString() });
    rest = after;
  }
  return responses;
}

function splitBody(
  rest: string,
  status: number,
  headers: Readonly<Record<string, string>>,
): [body: string, after: string] {
  if (status < 200 || status === 204 || status === 304) return ['', rest];
  if (headers['transfer-encoding'] === 'chunked') return splitChunks(rest);
  const length = headers['content-length'];
  // Without length and chunks, the body ends with the connection.
  if (length === undefined) return [rest, ''];
  if (rest.length < Number(length)) throw new Error(`incomplete body: ${rest.slice(0, 500)}`);
  return [rest.slice(0, Number(length)), rest.slice(Number(length))];
}

function splitChunks(rest: string): [body: string, after: string] {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error(`not a chunk: ${rest.slice(at, at + 100)}`);
    const start = lineEnd + 2;
    body += rest.slice(start, start + size);
    at = start + size + 2;
    if (size === 0) return [body, rest.slice(at)];
  }
}
