import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer as it was on the wire. */
export interface Called {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a call sends. A list of values is sent as so many headers. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Where it is sent from, as in `127.0.0.2`. */
  readonly from?: string;
}

/** Sends a request with these headers alone, on a connection of its own. */
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

/** A query that costs an upstream call. */
export const JOBS = '{ customizedVoiceJobs(first: 2) { nodes { jobId } } }';

/** The same as the body of a POST. */
export const JOBS_BODY = JSON.stringify({ query: JOBS });

/** Asks for jobs by POST. */
export function askJobs(origin: string, headers: Call['headers'] = {}, rest: Call = {}): Promise<Called> {
  return call(`${origin}/graphql`, {
    method: 'POST',
    body: JOBS_BODY,
    ...rest,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
