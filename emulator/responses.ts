import type { Failure } from './errors.ts';
import type { JobRow } from './job.ts';
import type { VoiceRow } from './voice-store.ts';

/** A complete HTTP response before it is sent. */
export interface WireResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** For the call log: `OK`, the vendor's error code, or the name of the applied fault. */
  readonly outcome: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The vendor's JSON content type, spelled as the vendor does. */
export const json = 'application/json;charset=utf-8';

/** The result of a `rewritePage` hook: any JSON. */
export interface WirePage {
  /** Undefined omits the field from the response. */
  readonly totalCount: unknown;
  readonly rows: readonly unknown[];
}

/** Field in which a List action returns its rows. */
export type RowsName = 'CustomizedVoiceJobList' | 'CustomizedVoiceList';

/** A page of rows that are serialized already. Serializing a hundred rows would cost as much as the rest of the request. */
export function listResponse(
  requestId: string,
  totalCount: number,
  rowsJson: readonly Buffer[],
  rowsName: RowsName = 'CustomizedVoiceJobList',
): WireResponse {
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

/** A page that a test has rewritten. */
export function rewrittenListResponse(
  requestId: string,
  { totalCount, rows }: WirePage,
  rowsName: RowsName,
): WireResponse {
  return success(requestId, { TotalCount: totalCount, [rowsName]: rows });
}

/** GetCustomizedVoiceJob: the row of the list without GmtCreate, which its documentation lacks. */
export function jobResponse(requestId: string, { GmtCreate: _, ...job }: JobRow): WireResponse {
  return success(requestId, { CustomizedVoiceJob: job });
}

/** GetCustomizedVoice: the row of the list without Type, which its documentation lacks. */
export function voiceResponse(requestId: string, { Type: _, ...voice }: VoiceRow): WireResponse {
  return success(requestId, { CustomizedVoice: voice });
}

/** An error in JSON with the vendor's five fields. `host` is the value of the request's Host header. */
export function errorResponse(requestId: string, host: string, failure: Failure): WireResponse {
  const { code, status, message, headers } = failure;
  const body = {
    RequestId: requestId,
    HostId: host,
    Code: code,
    Message: message,
    Recommend: diagnosisUrl(requestId, code),
  };
  return { ...jsonResponse(status, body, code), headers: headers ?? {} };
}

/** The same error in XML, with the only content type that the vendor's clients parse as XML. */
export function xmlErrorResponse(requestId: string, host: string, failure: Failure): WireResponse {
  const { code, status, message } = failure;
  const fields = { RequestId: requestId, HostId: host, Code: code, Message: message };
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error>${inner.join('')}</Error>`;
  return { status, contentType: 'text/xml;charset=utf-8', body: Buffer.from(body), outcome: code };
}

/** Any value as a complete JSON response. */
export function jsonResponse(status: number, value: unknown, outcome: string): WireResponse {
  return { status, contentType: json, body: Buffer.from(JSON.stringify(value)), outcome };
}

function success(requestId: string, data: unknown): WireResponse {
  return jsonResponse(200, { RequestId: requestId, Success: true, Data: data }, 'OK');
}

function diagnosisUrl(requestId: string, code: string): string {
  return `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=ICE&requestId=${requestId}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
