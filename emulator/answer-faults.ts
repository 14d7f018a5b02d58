import { type Answer, failureAnswer, json, jsonAnswer, xmlFailureAnswer } from './answers.ts';
import type { Call } from './calls.ts';
import type { AnswerFault } from './faults.ts';

const proxyPage =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n' +
  '<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>Tengine</center>\r\n</body>\r\n</html>\r\n';

/**
 * The answer a fault makes of a call. `sound` makes the true answer; it is not called by faults that do not need
 * it, so under those no page is cut and no page hook runs.
 */
export function faultyAnswer(fault: AnswerFault, call: Call, host: string, sound: () => Answer): Answer {
  switch (fault.kind) {
    case 'error':
      return failureAnswer(call.requestId, host, { message: `Injected ${fault.code}.`, ...fault });
    case 'xml':
      return xmlFailureAnswer(call.requestId, host, { message: `Injected ${fault.code}.`, ...fault });
    case 'html':
      return { status: 502, contentType: 'text/html', body: Buffer.from(proxyPage), outcome: fault.kind };
    case 'empty':
      return { status: fault.status, contentType: json, body: Buffer.alloc(0), outcome: fault.kind };
    case 'nullBody':
      return jsonAnswer(200, null, fault.kind);
    case 'notSuccess':
      return jsonAnswer(200, { RequestId: call.requestId, Success: false }, fault.kind);
    case 'cutJson': {
      const answer = sound();
      return { ...answer, body: answer.body.subarray(0, answer.body.length / 2), outcome: fault.kind };
    }
    case 'body':
      return {
        status: fault.status,
        contentType: fault.contentType,
        body: Buffer.from(fault.text),
        outcome: fault.kind,
      };
    case 'close': {
      const answer = sound();
      return { ...answer, headers: { ...answer.headers, connection: 'close' } };
    }
  }
}
