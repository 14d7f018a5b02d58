import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer } from '../customer.ts';
import type { Role } from './role.ts';

/** More responses than socket buffers can hold. */
const RESPONSES = 60;

const QUERY =
  '{ customizedVoiceJobs(first: 100) { edges { cursor node { id jobId voiceId status message voiceName voiceDesc createTime gmtCreate } } } }';

/** Requests megabytes at once, reads nothing for a while, then everything. */
export const slowReader: Role = {
  name: 'slow reader',
  weight: 1,
  async play(customer) {
    const text = await read(customer);
    // The end of the run interrupts it.
    if (customer.ended.aborted) return;
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    customer.note(`${statuses.filter((status) => status === '200').length} of ${RESPONSES} responses`);
    if (statuses.length !== RESPONSES || statuses.some((status) => status !== '200'))
      customer.recordUnexpected(`${statuses.length} responses instead of ${RESPONSES}`, 'slow-reader');
    await customer.pause(500, 1500);
  },
};

async function read(customer: Customer): Promise<string> {
  const { hostname, port } = new URL(customer.origin);
  const socket = connect({ host: hostname, port: Number(port), signal: customer.ended });
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
  socket.pause();
  for (let n = 1; n <= RESPONSES; n++) socket.write(request(customer, n === RESPONSES));
  await customer.pause(500, 1500);
  while (!socket.closed && !customer.ended.aborted) {
    socket.resume();
    await sleep(5);
    socket.pause();
    await sleep(5);
  }
  socket.destroy();
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

function request({ credentials }: Customer, isLast: boolean): string {
  const body = JSON.stringify({ query: QUERY });
  const headers = {
    host: 'gateway',
    ...credentials,
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-request-id': 'slow-reader',
    connection: isLast ? 'close' : 'keep-alive',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
