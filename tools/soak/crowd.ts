import { randomBytes } from 'node:crypto';
import { randomStream } from '../../emulator/random.ts';
import { Client } from './client.ts';
import { Customer, type CustomerOptions } from './customer.ts';
import { cast } from './load/index.ts';
import type { Role } from './load/role.ts';
import { stock } from './load/stock.ts';

/** Customers that fill what is kept at the beginning. */
const STOCKISTS = 12;

/** Who has a key: every client of the crowd, those who stock up, and whoever looks whether the gateway is well. */
export class Crowd {
  readonly #roles: readonly Role[];
  readonly #seed: number;
  /** API keys by the names of clients; new ones for each run. */
  readonly keys: ReadonlyMap<string, string>;

  constructor(clients: number, seed: number) {
    this.#roles = cast(clients);
    this.#seed = seed;
    const names = [
      ...this.#roles.map((_, at) => `client-${at}`),
      ...Array.from({ length: STOCKISTS }, (_, at) => `stock-${at}`),
      'probe',
    ];
    this.keys = new Map(names.map((name) => [name, randomBytes(24).toString('base64url')]));
  }

  /** One of those who have a key; its random choices come from the run's seed and its name. */
  customer(name: string, role: string, surroundings: Surroundings): Customer {
    return new Customer({
      ...surroundings,
      role,
      client: new Client(surroundings.origin, name),
      key: this.keys.get(name) ?? '',
      random: randomStream(this.#seed + [...this.keys.keys()].indexOf(name)),
    });
  }

  /** Plays every role until the end; returns once each has got the answer that it waits for. */
  async play(surroundings: Surroundings): Promise<void> {
    const players = this.#roles.map((role, at) => ({
      role,
      customer: this.customer(`client-${at}`, role.name, surroundings),
    }));
    const stockists = Array.from({ length: STOCKISTS }, (_, at) =>
      this.customer(`stock-${at}`, 'stock', surroundings),
    );
    await Promise.all([
      stock(stockists),
      ...players.map(async ({ role, customer }) => {
        while (!surroundings.ended.aborted) await role.play(customer);
      }),
    ]);
    for (const customer of [...stockists, ...players.map((player) => player.customer)]) customer.close();
  }
}

/** What all customers of a run share. */
export type Surroundings = Omit<CustomerOptions, 'role' | 'client' | 'key' | 'random'>;
