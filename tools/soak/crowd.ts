import { randomBytes } from 'node:crypto';
import { randomStream } from '../../emulator/random.ts';
import { Client } from './client.ts';
import { Customer, type CustomerOptions } from './customer.ts';
import { fillCaches } from './load/fill-caches.ts';
import { cast } from './load/index.ts';
import type { Role } from './load/role.ts';

/** Number of clients that fill the gateway's caches at the beginning. */
const CACHE_FILLERS = 12;

/** All clients with an API key: those of the crowd, the cache fillers and the health probe. */
export class Crowd {
  readonly #roles: readonly Role[];
  readonly #seed: number;
  /** API keys by client name; new ones for each run. */
  readonly keys: ReadonlyMap<string, string>;

  constructor(clients: number, seed: number) {
    this.#roles = cast(clients);
    this.#seed = seed;
    const names = [
      ...this.#roles.map((_, at) => `client-${at}`),
      ...Array.from({ length: CACHE_FILLERS }, (_, at) => `fillCaches-${at}`),
      'probe',
    ];
    this.keys = new Map(names.map((name) => [name, randomBytes(24).toString('base64url')]));
  }

  /** Creates a client with a key. Its random choices derive from the run's seed and its name. */
  customer(name: string, role: string, surroundings: Surroundings): Customer {
    return new Customer({
      ...surroundings,
      role,
      client: new Client(surroundings.origin, name),
      key: this.keys.get(name) ?? '',
      random: randomStream(this.#seed + [...this.keys.keys()].indexOf(name)),
    });
  }

  /** Plays all roles until the end; resolves once each client has the response that it waits for. */
  async play(surroundings: Surroundings): Promise<void> {
    const players = this.#roles.map((role, at) => ({
      role,
      customer: this.customer(`client-${at}`, role.name, surroundings),
    }));
    const cacheFillers = Array.from({ length: CACHE_FILLERS }, (_, at) =>
      this.customer(`fillCaches-${at}`, 'cache filler', surroundings),
    );
    await Promise.all([
      fillCaches(cacheFillers),
      ...players.map(async ({ role, customer }) => {
        while (!surroundings.ended.aborted) await role.play(customer);
      }),
    ]);
    for (const customer of [...cacheFillers, ...players.map((player) => player.customer)]) customer.close();
  }
}

/** Options that all customers of a run share. */
export type Surroundings = Omit<CustomerOptions, 'role' | 'client' | 'key' | 'random'>;
