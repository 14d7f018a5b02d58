import { expect, it } from 'vitest';
import { NonceStore, nonceLifetimeMs } from '../../emulator/nonce-store.ts';

it('NonceStore remembers a nonce for 15 minutes, whatever other nonces are used', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  expect(nonces.use('a', startMs)).toBe(true);
  for (let n = 1; n <= 900; n++) nonces.use(`other ${n}`, startMs + n * 1000 - 1);
  expect(nonces.use('a', startMs + nonceLifetimeMs - 1)).toBe(false);
});

it('NonceStore forgets a nonce after 15 minutes', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  nonces.use('a', startMs);
  expect(nonces.use('a', startMs + nonceLifetimeMs)).toBe(true);
});

it('NonceStore does not extend the period of a repeated nonce', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  nonces.use('a', startMs);
  nonces.use('a', startMs + nonceLifetimeMs - 1);
  expect(nonces.use('a', startMs + nonceLifetimeMs)).toBe(true);
});
