import { rejectedWith } from '../judge/verdict.ts';
import { SETTINGS } from '../settings.ts';
import type { Role } from './role.ts';

const PIECE = ' '.repeat(20_000);
const PIECES = Math.ceil((2 * SETTINGS.bodyBytes) / PIECE.length);

/** The connection may be closed before the client, which is still sending, has read the response. */
const REJECTED = { ...rejectedWith(413, 'BAD_REQUEST') };
const REJECTED_OR_CUT = { ...REJECTED, statuses: [413, 0] };

/** Sends twice the maximum body size, with or without content-length. */
export const oversized: Role = {
  name: 'oversized',
  weight: 1,
  async play(customer) {
    const headers = { 'content-type': 'application/json' };
    const pieces = Array.from({ length: PIECES }, () => PIECE);
    const body = customer.random() < 0.5 ? pieces : pieces.join('');
    customer.judge(await customer.send({ target: '/graphql', headers, body }), REJECTED_OR_CUT);
    await customer.pause(50, 200);
  },
};
