import type { Call } from './calls.ts';
import type { ResponseFault } from './faults.ts';
import { errorResponse, json, jsonResponse, type WireResponse, xmlErrorResponse } from './responses.ts';

const proxyPage =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n' +
  '<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>Tengine</center>\r\n</body>\r\n</html>\r\n';

/**
 * Applies a fault to the response of a call. `makeResponse` produces the correct response; faults that do not need it do not
 * call it, so no page is cut and no page hook runs.
 */
export function faultyResponse(
  fault: ResponseFault,
  call: Call,
  host: string,
  makeResponse: () => WireResponse,
): WireResponse {
  switch (fault.kind) {
    case 'error':
      return errorResponse(call.requestId, host, { message: `Injected ${fault.code}.`, ...fault });
    case 'xml':
      return xmlErrorResponse(call.requestId, host, { message: `Injected ${fault.code}.`, ...fault });
    case 'html':
      return { status: 502, contentType: 'text/html', body: Buffer.from(proxyPage), outcome: fault.kind };
    case 'empty':
      return { status: fault.status, contentType: json, body: Buffer.alloc(0), outcome: fault.kind };
    case 'nullBody':
      return jsonResponse(200, null, fault.kind);
    case 'notSuccess':
      return jsonResponse(200, { RequestId: call.requestId, Success: false }, fault.kind);
    case 'cutJson': {
      const response = makeResponse();
      return { ...response, body: response.body.subarray(0, response.body.length / 2), outcome: fault.kind };
    }
    case 'body':
      return {
        status: fault.status,
        contentType: fault.contentType,
        body: Buffer.from(fault.text),
        outcome: fault.kind,
      };
    case 'close': {
      const response = makeResponse();
      return { ...response, headers: { ...response.headers, connection: 'close' } };
    }
  }
}
