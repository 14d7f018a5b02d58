/** With what a connection is closed. */
export interface Close {
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason: string;
}

/**
 * How connections end that the gateway ends. Codes from 4000 on are those of the protocol. By default the client of
 * graphql-ws, which routers use too, connects again after 1012, 1013, 4403 and 4408, and reports all others at once. So a
 * credential that never lets in is 4401, and one that let in before is 4403: the next connection may send a new one.
 *
 * @see https://www.iana.org/assignments/websocket/websocket.xml
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export const CLOSE = {
  restart: { code: 1012, reason: 'Service restart: connect again.' },
  slow: { code: 1013, reason: 'Too slow: what was sent was not read. Connect again.' },
  hasty: { code: 1013, reason: 'Too many requests in a minute. Try again later.' },
  unchecked: { code: 1013, reason: 'Tokens cannot be checked now. Try again later.' },
  missing: { code: 4401, reason: 'Unauthorized: no credential was sent, by header or in connection_init.' },
  invalid: { code: 4401, reason: 'Unauthorized: the credential is not valid.' },
  expired: { code: 4403, reason: 'Forbidden: the credential is no longer valid.' },
  unspoken: { code: 4406, reason: 'Subprotocol not acceptable: allowed is graphql-transport-ws.' },
  silent: { code: 4408, reason: 'Connection initialisation timeout' },
  unacknowledged: { code: 4401, reason: 'Unauthorized: subscribe after connection_ack.' },
  initialisedTwice: { code: 4429, reason: 'Too many initialisation requests' },
  subscribedTwice: { code: 4409, reason: 'Subscriber for this id already exists' },
  broken: { code: 4400, reason: 'Invalid message received' },
  failed: { code: 4500, reason: 'Internal server error' },
} as const satisfies Record<string, Close>;
