import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

/** Endpoint and credentials of a call. A running emulator fits. */
export interface Target {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | null;
}

/** A request ready to be sent, or to be modified. */
export interface Wire {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Signing {
  readonly method?: string;
  /** A form body, covered by the signature through its hash. */
  readonly form?: string;
  /** Additional headers to send and sign, or other values of existing ones. */
  readonly headers?: Record<string, string>;
}

const hex = (data: string): string => createHash('sha256').update(data).digest('hex');
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signs a call, so that tests can modify any part of it. The emulator accepts it unmodified. */
export function signed(
  target: Target,
  action: string,
  params: Record<string, string> = {},
  { method = 'POST', form = '', headers: further = {} }: Signing = {},
): Wire {
  const query = Object.keys(params)
    .sort()
    .map((name) => `${encode(name)}=${encode(params[name] ?? '')}`)
    .join('&');
  const headers: Record<string, string> = {
    host: new URL(target.endpoint).host,
    'x-acs-action': action,
    'x-acs-version': '2020-11-09',
    'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-content-sha256': hex(form),
    ...(target.securityToken === null ? {} : { 'x-acs-security-token': target.securityToken }),
    ...(form === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    ...further,
  };
  const names = Object.keys(headers).sort();
  const canonical = `${method}\n/\n${query}\n${names.map((name) => `${name}:${headers[name]}\n`).join('')}\n${names.join(';')}\n${headers['x-acs-content-sha256']}`;
  const signature = createHmac('sha256', target.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${hex(canonical)}`)
    .digest('hex');
  headers.authorization = `ACS3-HMAC-SHA256 Credential=${target.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { method, path: query === '' ? '/' : `/?${query}`, headers, body: form };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Why the body ended early; null for a complete one. */
  readonly broken: string | null;
}

export interface Reading {
  /** Disconnect after this many bytes of the body. */
  readonly stopAfterBytes?: number;
  readonly signal?: AbortSignal;
}

/** Sends a request over a new connection. Rejects only if no status line arrives. */
export function send(target: Target, wire: Wire, reading: Reading = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target.endpoint);
    const { method, path, headers, body } = wire;
    const sending = httpRequest({ hostname, port, method, path, headers, agent: false, ...only(reading) });
    sending.on('error', reject);
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (broken: string | null): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
          broken,
        });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= (reading.stopAfterBytes ?? Number.POSITIVE_INFINITY)) {
          done('stopped');
          response.destroy();
        }
      });
      response.on('end', () => done(null));
      response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
    sending.end(body);
  });
}

function only({ signal }: Reading): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** The parts of a response that these tests read. */
export interface Answer {
  RequestId: string;
  Success?: boolean;
  Code?: string;
  Message?: string;
  HostId?: string;
  Recommend?: string;
  Data: {
    TotalCount: number;
    CustomizedVoiceJobList: Record<string, string>[];
    CustomizedVoiceJob: Record<string, string>;
    CustomizedVoiceList: Record<string, string>[];
    CustomizedVoice: Record<string, string>;
  };
}

export interface ParsedReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Answer;
}

/** Signs, sends and parses a call. */
export async function call(
  target: Target,
  action: string,
  params: Record<string, string> = {},
  signing: Signing = {},
): Promise<ParsedReply> {
  return parsedReply(await send(target, signed(target, action, params, signing)));
}

/** Parses the JSON of a complete reply. */
export function parsedReply({ status, headers, text }: Reply): ParsedReply {
  return { status, headers, body: JSON.parse(text) as Answer };
}

/** One page of a list, by default of jobs. */
export async function listPage(
  target: Target,
  type: string,
  pageNo: number,
  pageSize: number,
  action = 'ListCustomizedVoiceJobs',
): Promise<Answer['Data']> {
  const params = { Type: type, PageNo: String(pageNo), PageSize: String(pageSize) };
  return (await call(target, action, params)).body.Data;
}

/** Waits until `condition` holds; fails after 30 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`still not so after 30 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
