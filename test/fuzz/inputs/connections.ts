import { pick } from '../../../emulator/random.ts';
import { encodeCursor } from '../../../src/paging/cursor.ts';

/** How a client ends its connection. */
export type Disconnect = 'half-close' | 'reset' | 'destroy' | 'wait for the server';

/** Everything one client does on one connection. */
export interface ConnectionScript {
  /** Bytes of each segment. */
  readonly segments: readonly Buffer[];
  readonly disconnect: Disconnect;
  /** Kinds of requests sent, for the failure message. */
  readonly kinds: readonly string[];
  /** Whether the client reads responses. */
  readonly reads: boolean;
}

const STATUS = 'subscription ($id: ID!) { customizedVoiceJobStatusChanged(jobId: $id) { jobId status } }';
const PATHS = [
  '/graphql',
  '/graphql',
  '/subgraph',
  '/health',
  '/ready',
  '/metrics',
  '/nowhere',
  '/graphql?x',
  '*',
];

/** A random script. @param jobIds of jobs that never finish, so that a subscription ends only with its connection */
export function connectionScript(random: () => number, jobIds: readonly string[]): ConnectionScript {
  const pieces = PIECES.map(([kind, make]) => ({ kind, make }));
  const kinds: string[] = [];
  const bytes: Buffer[] = [];
  const count = 1 + Math.floor(random() * 5);
  for (let at = 0; at < count; at++) {
    const { kind, make } = pick(random, pieces);
    kinds.push(kind);
    bytes.push(make(random, jobIds));
  }
  // Many end with a WebSocket handshake and frames.
  if (random() < 0.4) {
    kinds.push('WebSocket');
    bytes.push(handshake(random, 'websocket'), ...frames(random, jobIds));
  }
  const whole = Buffer.concat(bytes);
  const isOneSegment = random() < 0.5;
  return {
    segments: isOneSegment ? [whole] : cut(random, whole),
    disconnect: pick(random, ['half-close', 'reset', 'destroy', 'wait for the server'] as const),
    kinds,
    reads: random() < 0.8,
  };
}

type MakePiece = (random: () => number, jobIds: readonly string[]) => Buffer;

const PIECES: readonly [kind: string, make: MakePiece][] = [
  ['GET', (random) => head('GET', pick(random, PATHS), lines(random))],
  [
    'query by GET',
    (random) => head('GET', '/graphql?query={customizedVoiceJobs{totalCount}}', lines(random)),
  ],
  [
    'query',
    (random) => post('{"query":"{ customizedVoiceJobs(first: 3) { nodes { jobId } } }"}', lines(random)),
  ],
  ['forged cursor', (random) => post(JSON.stringify({ query: pageAtForgedCursor(random) }), lines(random))],
  ['bad query', (random) => post(pick(random, ['{', '[]', '{"query":"{ x }"}', '\xff', '']), lines(random))],
  [
    'SSE subscription',
    (random, jobIds) =>
      post(JSON.stringify({ query: STATUS, variables: { id: pick(random, jobIds) } }), [
        'accept: text/event-stream',
        ...lines(random),
      ]),
  ],
  ['upgrade', (random) => handshake(random, pick(random, ['websocket', 'h2c', 'x', 'WebSocket, h2c']))],
  [
    'upgrade by POST',
    () => post('{"query":"{ __typename }"}', ['connection: upgrade', 'upgrade: websocket']),
  ],
  ['CONNECT', (random) => head('CONNECT', pick(random, ['x:1', '/graphql', '']), lines(random))],
  ['short body', () => head('POST', '/graphql', ['content-type: application/json', 'content-length: 999'])],
  [
    'chunks',
    (random) =>
      Buffer.concat([
        head('POST', '/graphql', ['content-type: application/json', 'transfer-encoding: chunked']),
        Buffer.from(pick(random, ['1\r\n{\r\n0\r\n\r\n', '0\r\n\r\n', 'x\r\n', '5\r\n{"'])),
      ]),
  ],
  ['expectation', (random) => post('{}', [`expect: ${pick(random, ['100-continue', 'x'])}`])],
  ['two hosts', () => head('GET', '/health', ['host: other'])],
  [
    'not HTTP',
    (random) => Buffer.from(pick(random, ['\r\n', 'x', '\0\0', 'GET\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\n'])),
  ],
  ['HTTP/1.0', () => Buffer.from('GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n')],
];

/** A query for the page after or before a row that never existed. */
function pageAtForgedCursor(random: () => number): string {
  const [list, type, anchors] = pick(random, [
    [0, 'BASIC', 1],
    [1, 'STANDARD', 1],
    [2, 'ALL', 2],
  ] as const);
  const cursor = encodeCursor({
    list,
    anchors: Array.from({ length: anchors }, () => ({
      offset: Math.floor(random() * 400) - 1,
      total: Math.floor(random() * 400),
      key: Math.floor(random() * 2 ** 48)
        .toString(16)
        .padStart(16, '0'),
      createdAt: random() < 0.5 ? null : Math.floor(random() * 2 ** 31),
      ordered: random() < 0.5,
      neighbours: { side: 'above' as const, keys: [], complete: true },
    })),
  });
  const args = pick(random, [`first: 10, after`, `last: 100, before`]);
  return `{ customizedVoiceJobs(type: ${type}, ${args}: "${cursor}") { nodes { jobId } } }`;
}

function lines(random: () => number): string[] {
  return random() < 0.1 ? ['connection: close'] : [];
}

function head(method: string, target: string, more: readonly string[]): Buffer {
  return Buffer.from([`${method} ${target} HTTP/1.1`, 'host: 127.0.0.1', ...more, '', ''].join('\r\n'));
}

function post(body: string, more: readonly string[]): Buffer {
  const bytes = Buffer.from(body, 'latin1');
  const length = `content-length: ${bytes.length}`;
  return Buffer.concat([
    head('POST', '/graphql', ['content-type: application/json', length, ...more]),
    bytes,
  ]);
}

/** A WebSocket handshake, mostly valid. */
function handshake(random: () => number, protocol: string): Buffer {
  const key = random() < 0.9 ? ['sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='] : [];
  const subprotocol = random() < 0.9 ? ['sec-websocket-protocol: graphql-transport-ws'] : [];
  const more = [
    'connection: upgrade',
    `upgrade: ${protocol}`,
    'sec-websocket-version: 13',
    ...key,
    ...subprotocol,
  ];
  return head(random() < 0.95 ? 'GET' : 'PUT', pick(random, PATHS), more);
}

/** WebSocket frames, mostly with valid messages. */
function frames(random: () => number, jobIds: readonly string[]): Buffer[] {
  const id = () => pick(random, ['1', '1', '2', '__proto__', 'x'.repeat(200)]);
  const messages: (() => unknown)[] = [
    () => ({
      type: 'subscribe',
      id: id(),
      payload: { query: STATUS, variables: { id: pick(random, [...jobIds, 'nobody']) } },
    }),
    () => ({ type: 'complete', id: id() }),
    () => ({ type: 'ping', payload: {} }),
    () => ({ type: 'pong' }),
    () => ({ type: 'next', id: id(), payload: {} }),
    () => ({ type: 'subscribe', id: id(), payload: { query: '{' } }),
    () => ({ type: 'connection_init' }),
    () => 'junk',
  ];
  const usual = messages.slice(0, 4);
  const sent = random() < 0.9 ? [frame(JSON.stringify({ type: 'connection_init' }))] : [];
  for (let at = Math.floor(random() * 20); at > 0; at--) {
    const message = pick(random, random() < 0.95 ? usual : messages)();
    sent.push(frame(JSON.stringify(message), random() < 0.97 ? 1 : Math.floor(random() * 16)));
  }
  return sent;
}

/** A client frame with a zero mask. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export function frame(text: string, opcode = 1): Buffer {
  const body = Buffer.from(text);
  const length = body.length < 126 ? [0x80 | body.length] : [0xfe, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), body]);
}

function cut(random: () => number, whole: Buffer): Buffer[] {
  const places = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
    Math.floor(random() * whole.length),
  );
  const sorted = [0, ...places.sort((one, other) => one - other), whole.length];
  return sorted.slice(1).map((place, at) => whole.subarray(sorted[at], place));
}
