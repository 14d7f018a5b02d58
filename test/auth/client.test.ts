import { expect, test } from 'vitest';
import { clientOfKey, clientOfToken } from '../../src/auth/auth-result.ts';
import { fc, runs } from '../runs.ts';

const CLAIMS = ['azp', 'client_id', 'sub'] as const;

/** Claim values that shortening, cleaning or re-encoding would confuse, and arbitrary texts with lone surrogates. */
const value = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('a', ' ', '\0', '客', '\ud800', '\udc00', ':'),
    minLength: 1,
    maxLength: 4,
  }),
  fc
    .string({ unit: fc.constantFrom('x', 'y'), minLength: 1, maxLength: 3 })
    .map((end) => 'x'.repeat(64) + end),
);
const claim = fc.constantFrom(...CLAIMS);
const keyName = fc.stringMatching(/^[\w.-]{1,64}$/);

const byClaim = (name: string, text: string) => clientOfToken({ [name]: text });

test('two tokens have the same client id only if the same naming claim has the same whole value', () => {
  fc.assert(
    fc.property(claim, value, claim, value, (claimA, valueA, claimB, valueB) => {
      const isSame = claimA === claimB && valueA === valueB;
      expect(byClaim(claimA, valueA).id === byClaim(claimB, valueB).id).toBe(isSame);
    }),
    { numRuns: runs(20_000) },
  );
});

test('a token never has the client id or the display name of an API key', () => {
  fc.assert(
    fc.property(keyName, claim, fc.oneof(value, keyName), (name, claimName, text) => {
      const key = clientOfKey(name);
      for (const token of [byClaim(claimName, text), byClaim(claimName, name), clientOfToken({})]) {
        expect(token.id).not.toBe(key.id);
        expect(token.name).not.toBe(key.name);
      }
    }),
    { numRuns: runs(5000) },
  );
});

test('the display name of a token is short and has only characters that log lines and metric labels need not escape', () => {
  fc.assert(
    fc.property(claim, value, (name, text) => {
      expect(byClaim(name, text).name).toMatch(/^token:(azp|client_id|sub):[\w@.:|-]{0,64}(~[0-9a-f]{8})?$/);
    }),
    { numRuns: runs(5000) },
  );
});

test('a display name that shortens its value differs from every display name that shows its value in full', () => {
  fc.assert(
    fc.property(claim, value, value, (name, a, b) => {
      const [first, second] = [byClaim(name, a), byClaim(name, b)];
      if (a !== b) expect(first.name).not.toBe(second.name);
    }),
    { numRuns: runs(20_000) },
  );
});
