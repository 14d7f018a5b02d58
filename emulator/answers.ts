import type { Failure } from './errors.ts';
import type { JobRow } from './job.ts';
import type { VoiceRow } from './voices.ts';

/** A complete HTTP answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** `OK`, the vendor's error code, or the name of the fault that made it. For the record of calls. */
  readonly outcome: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The vendor's JSON content type, spelling included. */
export const json = 'application/json;charset=utf-8';

/** What a `rewritePage` hook may turn a page into: whatever JSON can say. */
export interface WirePage {
  /** Left out of the answer when undefined. */
  readonly totalCount: unknown;
  readonly rows: readonly unknown[];
}

/** The name under which a List action puts its rows. */
export type RowsName = 'CustomizedVoiceJobList' | 'CustomizedVoiceList';

/**
 * A page from rows that are JSON already. Encoding a page of a hundred rows anew would cost as much as all the rest of a
 * request together.
 */
export function listAnswer(
  requestId: string,
  totalCount: number,
  rowsJson: readonly Buffer[],
  rowsName: RowsName = 'CustomizedVoiceJobList',
): Answer {
  const head = `{"RequestId":"${requestId}","Success":true,"Data":{"TotalCount":${totalCount},"${rowsName}":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  for (const [index, row] of rowsJson.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(row);
  }
  parts.push(listEnd);
  return { status: 200, contentType: json, body: Buffer.concat(parts), outcome: 'OK' };
}

const comma = Buffer.from(',');
const listEnd = Buffer.from(']}}');

/** A page as a test rewrites it. */
export function rewrittenListAnswer(
  requestId: string,
  { totalCount, rows }: WirePage,
  rowsName: RowsName,
): Answer {
  return success(requestId, { TotalCount: totalCount, [rowsName]: rows });
}

/** GetCustomizedVoiceJob: the list's row without GmtCreate, which its documentation does not have. */
export function jobAnswer(requestId: string, { GmtCreate: _, ...job }: JobRow): Answer {
  return success(requestId, { CustomizedVoiceJob: job });
}

/** GetCustomizedVoice: the list's row without Type, which its documentation does not have. */
export function voiceAnswer(requestId: string, { Type: _, ...voice }: VoiceRow): Answer {
  return success(requestId, { CustomizedVoice: voice });
}

/** A refusal with the vendor's five fields. `host` is the host the client asked for. */
export function failureAnswer(requestId: string, host: string, failure: Failure): Answer {
  const { code, status, message, headers } = failure;
  const body = {
    RequestId: requestId,
    HostId: host,
    Code: code,
    Message: message,
    Recommend: diagnosisUrl(requestId, code),
  };
  return { ...jsonAnswer(status, body, code), headers: headers ?? {} };
}

/** The same refusal in XML, with the one content type the vendor's clients parse as such. */
export function xmlFailureAnswer(requestId: string, host: string, failure: Failure): Answer {
  const { code, status, message } = failure;
  const fields = { RequestId: requestId, HostId: host, Code: code, Message: message };
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error>${inner.join('')}</Error>`;
  return { status, contentType: 'text/xml;charset=utf-8', body: Buffer.from(body), outcome: code };
}

/** Any value as a complete JSON answer. */
export function jsonAnswer(status: number, value: unknown, outcome: string): Answer {
  return { status, contentType: json, body: Buffer.from(JSON.stringify(value)), outcome };
}

function success(requestId: string, data: unknown): Answer {
  return jsonAnswer(200, { RequestId: requestId, Success: true, Data: data }, 'OK');
}

function diagnosisUrl(requestId: string, code: string): string {
  return `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=ICE&requestId=${requestId}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
