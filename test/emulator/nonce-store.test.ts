import { expect, it } from 'vitest';
import { NonceStore, nonceLifetimeMs } from '../../emulator/nonce-store.ts';

it('remembers a nonce for the whole window, across any number of others', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  expect(nonces.use('a', startMs)).toBe(true);
  for (let n = 1; n <= 900; n++) nonces.use(`other ${n}`, startMs + n * 1000 - 1);
  expect(nonces.use('a', startMs + nonceLifetimeMs - 1)).toBe(false);
});

it('forgets a nonce after the window', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  nonces.use('a', startMs);
  expect(nonces.use('a', startMs + nonceLifetimeMs)).toBe(true);
});

it('does not extend the window when a repeat is refused', () => {
  const nonces = new NonceStore();
  const startMs = Date.now();
  nonces.use('a', startMs);
  nonces.use('a', startMs + nonceLifetimeMs - 1);
  expect(nonces.use('a', startMs + nonceLifetimeMs)).toBe(true);
});
