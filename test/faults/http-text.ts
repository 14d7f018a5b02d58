import { WORDS } from './upstream-words.ts';

/** The text of a sound answer that is no page of this upstream: whoever takes it for one has been fooled. */
export const FOREIGN_PAGE = JSON.stringify({
  RequestId: 'R-1',
  Success: true,
  Data: { TotalCount: 1, CustomizedVoiceJobList: [{ JobId: WORDS }] },
});

/** Status line and headers as they go over the wire. */
export function headText(headers: Readonly<Record<string, string | number>>, status = '200 OK'): string {
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** A whole answer. */
export function answerText(body: string | Buffer, headers: Record<string, string | number> = {}): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(headText({ 'content-length': bytes.length, ...headers })), bytes]);
}

/** A refusal as the vendor writes it. */
export function refusalText(Code: string, status: number, headers: Record<string, string> = {}): Buffer {
  const body = JSON.stringify({ RequestId: 'R-1', HostId: WORDS, Code, Message: WORDS, Recommend: WORDS });
  const length = { 'content-length': Buffer.byteLength(body) };
  return Buffer.from(headText({ ...length, ...headers }, `${status} Refused`) + body);
}
