import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A response as it was on the wire. */
export interface Called {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Options of a request. A list of values is sent as separate headers. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Local address of the connection, such as `127.0.0.2`. */
  readonly from?: string;
}

/** Sends a request with only these headers, on a new connection. */
export async function call(
  url: string,
  { method = 'GET', headers = {}, body, from }: Call = {},
): Promise<Called> {
  const raw = Object.entries({ host: new URL(url).host, ...headers }).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name, each as string]),
  );
  if (body !== undefined) raw.push('content-length', String(Buffer.byteLength(body)));
  const sent = request(url, { method, headers: raw, agent: false, ...(from ? { localAddress: from } : {}) });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = String(await buffer(response));
  return { status: response.statusCode, headers: response.headers, text };
}

/** A query that costs one upstream call. */
export const JOBS = '{ customizedVoiceJobs(first: 2) { nodes { jobId } } }';

/** The same query as a POST body. */
export const JOBS_BODY = JSON.stringify({ query: JOBS });

/** Requests jobs by POST. */
export function askJobs(origin: string, headers: Call['headers'] = {}, rest: Call = {}): Promise<Called> {
  return call(`${origin}/graphql`, {
    method: 'POST',
    body: JOBS_BODY,
    ...rest,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
