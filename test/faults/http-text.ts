import { UPSTREAM_TEXT } from './confidential-texts.ts';

/** A valid response that is not a page of this upstream: a gateway that accepts it has been deceived. */
export const FOREIGN_PAGE = JSON.stringify({
  RequestId: 'R-1',
  Success: true,
  Data: { TotalCount: 1, CustomizedVoiceJobList: [{ JobId: UPSTREAM_TEXT }] },
});

/** Status line and headers as text. */
export function headText(headers: Readonly<Record<string, string | number>>, status = '200 OK'): string {
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** A complete response. */
export function responseText(body: string | Buffer, headers: Record<string, string | number> = {}): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(headText({ 'content-length': bytes.length, ...headers })), bytes]);
}

/** An error response in the vendor's format. */
export function errorText(Code: string, status: number, headers: Record<string, string> = {}): Buffer {
  const body = JSON.stringify({
    RequestId: 'R-1',
    HostId: UPSTREAM_TEXT,
    Code,
    Message: UPSTREAM_TEXT,
    Recommend: UPSTREAM_TEXT,
  });
  const length = { 'content-length': Buffer.byteLength(body) };
  return Buffer.from(headText({ ...length, ...headers }, `${status} Refused`) + body);
}
