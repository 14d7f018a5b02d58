import { expect, test } from 'vitest';
import { CLOSE } from '../../src/server/subscriptions/ws-connection.ts';

/** Maximum length of the reason in a close frame, in bytes. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.5 */
const MAX_REASON_BYTES = 123;

test.each(Object.entries(CLOSE))('the WebSocket close reason of %s fits into a frame', (_, { reason }) => {
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_REASON_BYTES);
});
