import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { SignatureQueue } from '../../src/auth/signature-queue.ts';
import { fc, runs } from '../runs.ts';
import { makeKey, startIdentityProvider } from './identity-provider.ts';

interface Arrival {
  readonly address: string;
  readonly connection: number;
}

/** Runs checks that arrive while another one runs. Records their order and how many run concurrently. */
async function run(concurrency: number, arrivals: readonly Arrival[]) {
  const queue = new SignatureQueue(concurrency);
  const order: number[] = [];
  let running = 0;
  let mostRunning = 0;
  const results = await Promise.allSettled(
    arrivals.map((source, index) =>
      queue.run(async () => {
        order.push(index);
        mostRunning = Math.max(mostRunning, ++running);
        await Promise.resolve();
        running--;
        if (index % 3 === 0) throw new Error('a signature that cannot be checked');
        return index;
      }, source),
    ),
  );
  return { order, mostRunning, results };
}

/** Model: the expected order, computed from the list of waiting checks. */
function expectedOrder(arrivals: readonly Arrival[]): number[] {
  const [first, ...waiting] = arrivals.map((source, index) => ({ ...source, index }));
  const order = first === undefined ? [] : [first.index];
  const addresses = [...new Set(waiting.map(({ address }) => address))];
  const connections = new Map(
    addresses.map((address) => [
      address,
      [...new Set(waiting.filter((each) => each.address === address).map(({ connection }) => connection))],
    ]),
  );
  let left = waiting;
  while (left.length > 0) {
    const address = addresses.shift() as string;
    const line = connections.get(address) as number[];
    const connection = line.shift() as number;
    const next = left.find((each) => each.address === address && each.connection === connection);
    order.push(next?.index as number);
    left = left.filter((each) => each !== next);
    if (left.some((each) => each.address === address && each.connection === connection))
      line.push(connection);
    if (left.some((each) => each.address === address)) addresses.push(address);
  }
  return order;
}

const arrival = fc.record({
  address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::/64'),
  connection: fc.integer({ min: 1, max: 4 }),
});

describe('SignatureQueue', () => {
  test('runs checks round robin by address, then by connection, and frees the slot of a failed check', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 30 }), async (arrivals) => {
        const { order, mostRunning, results } = await run(1, arrivals);
        expect(order).toEqual(expectedOrder(arrivals));
        expect(mostRunning).toBeLessThanOrEqual(1);
        expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
          arrivals.map((_, index) => index % 3 !== 0),
        );
      }),
      { numRuns: runs(500) },
    );
  });

  test('never runs more checks concurrently than configured, and runs all of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(arrival, { maxLength: 40 }),
        async (concurrency, arrivals) => {
          const { order, mostRunning } = await run(concurrency, arrivals);
          expect(mostRunning).toBe(Math.min(concurrency, arrivals.length));
          expect([...order].sort((a, b) => a - b)).toEqual(arrivals.map((_, index) => index));
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('a flood of invalid tokens', () => {
  afterEach(() => vi.restoreAllMocks());

  async function start() {
    const provider = await startIdentityProvider();
    const authenticator = createAuthenticator(
      { apiKeys: [], jwt: provider.options },
      { jwksTimeoutMs: 2000, onJwksUnavailable: () => {} },
    );
    const check = async (token: string, connection: unknown) =>
      authenticator?.check(
        { apiKey: undefined, authorization: `Bearer ${token}` },
        { address: '192.0.2.1', connection },
      );
    await check(await provider.token({ jti: 'reads the keys' }), 'first');
    return { provider, check, [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose]() };
  }

  test('delays a valid token from the same address by at most a few checks for each connection of the flood', async () => {
    await using started = await start();
    const { provider, check } = started;
    const impostor = await makeKey('first');
    const right = await provider.token({ jti: 'right' });
    const tokens = await Promise.all(
      Array.from({ length: 400 }, (_, index) => provider.token({ jti: `${index}` }, impostor)),
    );
    let checked = 0;
    const wrong = tokens.map((token, index) => check(token, index % 5).then(() => checked++));
    const verdict = await check(right, 'another');
    expect(verdict?.failure).toBeUndefined();
    expect(checked).toBeLessThan(50);
    await Promise.all(wrong);
  });

  test.each([
    ['from another issuer', { iss: 'https://id.example.com' }, {}],
    ['for another audience', { aud: 'billing' }, {}],
    ['that has expired', { exp: 1_700_000_000 }, {}],
    ['without an expiry', { exp: undefined }, {}],
    ['with an unknown key id', {}, { kid: 'unknown' }],
  ])('a token %s costs no signature check', async (_, claims, header) => {
    await using started = await start();
    const { provider, check } = started;
    const impostor = await makeKey('first');
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, jti) => provider.token({ ...claims, jti: `${jti}` }, impostor, header)),
    );
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const verdicts = await Promise.all(tokens.map((token) => check(token, 'a')));
    expect(new Set(verdicts.map((verdict) => verdict?.failure?.kind))).toEqual(new Set(['token']));
    expect(verify).not.toHaveBeenCalled();
  });
});
