import type { Role } from './role.ts';

const QUERY = '{ customizedVoiceJobs(type: ALL, last: 50) { nodes { jobId status } } }';

/** Disconnects early: usually before the response, sometimes within the request. */
export const disconnecting: Role = {
  name: 'disconnecting',
  weight: 2,
  async play(customer) {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' };
    const text = JSON.stringify({ query: `${QUERY} #${Math.floor(customer.random() * 1000)}` });
    const isIncomplete = customer.random() < 0.3;
    const { status } = await customer.send({
      target: '/graphql',
      headers: isIncomplete ? { ...headers, 'content-length': String(2 * text.length) } : headers,
      body: isIncomplete ? [text] : text,
      disconnectsAfterMs: customer.random() * 30,
    });
    customer.note(status === 0 ? 'disconnected' : 'answered before it left');
    await customer.pause(10, 50);
  },
};
