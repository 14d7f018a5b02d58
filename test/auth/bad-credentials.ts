import { createHmac, createPublicKey } from 'node:crypto';
import { type IdentityProvider, makeKey } from './identity-provider.ts';

/** Headers that do not authenticate. An array stands for a repeated header. */
export type Headers = Record<string, string | readonly string[]>;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token assembled by hand, with any header and claims. */
export function forged(header: object, claims: object, sign: (signed: string) => string): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign(signed)}`;
}

/** Claims of a valid token. */
export function goodClaims({ options: { issuer, audiences } }: IdentityProvider) {
  return { iss: issuer, aud: audiences[0], sub: 'eve', exp: Math.floor(Date.now() / 1000) + 600 };
}

/** Invalid API keys, by description. @param good a valid key */
export function badKeys(good: string): Record<string, Headers> {
  return {
    'no credential': {},
    'a wrong key': { 'x-api-key': 'wrong-key-of-24-letters!' },
    'an empty key': { 'x-api-key': '' },
    'a valid key twice': { 'x-api-key': [good, good] },
    'a valid key and another': { 'x-api-key': [good, 'other'] },
    'the start of the key': { 'x-api-key': good.slice(0, -1) },
    'the key in upper case': { 'x-api-key': good.toUpperCase() },
    'the key with a suffix': { 'x-api-key': `${good}0` },
    'the key with its name': { 'x-api-key': `web:${good}` },
    'a key of other characters': { 'x-api-key': '\u00ff\u00fe\u00e4' },
    'the key in quotes': { 'x-api-key': `"${good}"` },
    'the key of 8,000 characters': { 'x-api-key': good.repeat(500).slice(0, 8000) },
  };
}

/** Invalid tokens, by description: of `provider`, or forged. */
export async function badTokens(provider: IdentityProvider): Promise<Record<string, Headers>> {
  const now = Math.floor(Date.now() / 1000);
  const good = await provider.token();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const claims = goodClaims(provider);
  const publicJwk = provider.shown.get('first')?.publicJwk ?? {};
  const publicPem = createPublicKey({ key: publicJwk, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  const hmac = (secret: string | Buffer) => (signed: string) =>
    createHmac('sha256', secret).update(signed).digest('base64url');
  const impostor = await makeKey('first');
  const stranger = await makeKey('stranger');

  const tokens = {
    'an expired token': await provider.token({ exp: now - 6 }),
    'a token that is not valid yet': await provider.token({ nbf: now + 30 }),
    'a token of another issuer': await provider.token({ iss: 'https://id.example.com' }),
    'a token without an issuer': await provider.token({ iss: undefined }),
    'a token for another audience': await provider.token({ aud: 'billing' }),
    'a token for two other audiences': await provider.token({ aud: ['billing', 'voice'] }),
    'a token without an audience': await provider.token({ aud: undefined }),
    'a token without an expiry': await provider.token({ exp: undefined }),
    'a token whose expiry is a string': await provider.token({ exp: '2099-01-01' }),
    'an unsigned token': forged({ alg: 'none', kid: 'first' }, claims, () => ''),
    'a token whose algorithm is NONE': forged({ alg: 'NONE', kid: 'first' }, claims, () => ''),
    'HS256 with the public key as secret': forged(
      { alg: 'HS256', kid: 'first' },
      claims,
      hmac(String(publicPem)),
    ),
    'HS256 with the JWK as secret': forged(
      { alg: 'HS256', kid: 'first' },
      claims,
      hmac(JSON.stringify(publicJwk)),
    ),
    'HS256 with an empty secret': forged({ alg: 'HS256' }, claims, hmac('')),
    'a public key inside the token': await provider.token({}, impostor, { jwk: impostor.publicJwk }),
    'a key URL inside the token': await provider.token({}, stranger, {
      jku: provider.options.jwksUrl,
    }),
    'a signature by another key': await provider.token({}, impostor),
    'an unknown key id': await provider.token({}, stranger),
    'another claim under the same signature': `${header}.${part(claims)}.${signature}`,
    'another header over the same signature': `${part({ alg: 'ES384', kid: 'first' })}.${payload}.${signature}`,
    'a truncated signature': good.slice(0, -4),
    'an empty signature': `${header}.${payload}.`,
    'an unknown critical extension': forged(
      { alg: 'ES256', kid: 'first', crit: ['x'], x: 1 },
      claims,
      () => signature,
    ),
    'a payload that is not an object': forged({ alg: 'ES256', kid: 'first' }, [1], () => signature),
    'parts that are not JSON': 'a.b.c',
    'one part': 'token',
    'two parts': `${header}.${payload}`,
    'five parts': `${good}.${payload}.${signature}`,
    'a token of 8,000 characters': forged(
      { alg: 'ES256', kid: 'first' },
      { ...claims, x: 'x'.repeat(5800) },
      () => signature,
    ),
  };
  const bearer = Object.entries(tokens).map(([name, token]) => [name, { authorization: `Bearer ${token}` }]);
  return {
    ...Object.fromEntries(bearer),
    // In lower case: responses contain the word `Bearer`, and must not contain anything that is sent here.
    'no token': { authorization: 'bearer' },
    'an empty header': { authorization: '' },
    'another scheme': { authorization: `Basic ${Buffer.from('web:key').toString('base64')}` },
    'the scheme Token': { authorization: `Token ${good}` },
    'no scheme': { authorization: good },
    'a valid token twice': { authorization: [`Bearer ${good}`, `Bearer ${good}`] },
    'an invalid token after a valid one': { authorization: [`Bearer ${good}`, 'Bearer a.b.c'] },
    'two tokens in one header': { authorization: `Bearer ${good}, Bearer ${good}` },
  };
}
