import type { Role } from './role.ts';

const ENTITIES = `query ($of: [_Any!]!) {
  _entities(representations: $of) { ... on CustomizedVoiceJob { jobId status voiceName } }
}`;

/** Sends queries like a federation router: for many jobs at once, by either key. */
export const entities: Role = {
  name: 'entities',
  weight: 3,
  async play(customer) {
    if (customer.random() < 0.02) await customer.ask('{ _service { sdl } }', {}, { path: '/subgraph' });
    const of = Array.from({ length: 1 + Math.floor(customer.random() * 40) }, () => {
      const jobId = customer.lists.someId(customer.random);
      const key = customer.random() < 0.5 ? { jobId } : { id: btoa(`CustomizedVoiceJob:${jobId}`) };
      return { __typename: 'CustomizedVoiceJob', ...key };
    });
    const data = await customer.ask(ENTITIES, { of }, { path: '/subgraph' });
    if (data !== undefined && data._entities.length !== of.length)
      customer.recordUnexpected('a number of entities other than requested', String(of.length));
    await customer.pause(30, 100);
  },
};
