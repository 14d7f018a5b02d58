import { createHmac, createPublicKey } from 'node:crypto';
import { type IdentityProvider, makeKey } from './identity-provider.ts';

/** Headers that let nobody in, each a value or a list of those that stand in headers of their own. */
export type Headers = Record<string, string | readonly string[]>;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token put together by hand. */
export function forged(header: object, claims: object, sign: (signed: string) => string): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign(signed)}`;
}

/** Claims of a token that would let in. */
export function goodClaims({ options: { issuer, audiences } }: IdentityProvider) {
  return { iss: issuer, aud: audiences[0], sub: 'eve', exp: Math.floor(Date.now() / 1000) + 600 };
}

/** What is sent as an API key and is none. @param good a key that lets in */
export function badKeys(good: string): Record<string, Headers> {
  return {
    'no credential': {},
    'a wrong key': { 'x-api-key': 'wrong-key-of-24-letters!' },
    'an empty key': { 'x-api-key': '' },
    'the right key twice': { 'x-api-key': [good, good] },
    'the right key and another': { 'x-api-key': [good, 'other'] },
    'the start of the key': { 'x-api-key': good.slice(0, -1) },
    'the key in upper case': { 'x-api-key': good.toUpperCase() },
    'the key and more': { 'x-api-key': `${good}0` },
    'the key with its name': { 'x-api-key': `web:${good}` },
    'a key of other bytes': { 'x-api-key': '\u00ff\u00fe\u00e4' },
    'the key in quotes': { 'x-api-key': `"${good}"` },
    'the key of 8,000 characters': { 'x-api-key': good.repeat(500).slice(0, 8000) },
  };
}

/** What is sent as a token and lets nobody in, signed by `provider` or by somebody who would like to be it. */
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
    'a token for somebody else': await provider.token({ aud: 'billing' }),
    'a token for several others': await provider.token({ aud: ['billing', 'voice'] }),
    'a token for nobody': await provider.token({ aud: undefined }),
    'a token without an expiry': await provider.token({ exp: undefined }),
    'a token whose expiry is a text': await provider.token({ exp: '2099-01-01' }),
    'a token that is not signed': forged({ alg: 'none', kid: 'first' }, claims, () => ''),
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
    'a key of the token’s own': await provider.token({}, impostor, { jwk: impostor.publicJwk }),
    'a key that the token says where to find': await provider.token({}, stranger, {
      jku: provider.options.jwksUrl,
    }),
    'a signature of somebody else': await provider.token({}, impostor),
    'a key that is not known': await provider.token({}, stranger),
    'another claim under the same signature': `${header}.${part(claims)}.${signature}`,
    'another header over the same signature': `${part({ alg: 'ES384', kid: 'first' })}.${payload}.${signature}`,
    'a cut signature': good.slice(0, -4),
    'an empty signature': `${header}.${payload}.`,
    'a critical extension that nobody knows': forged(
      { alg: 'ES256', kid: 'first', crit: ['x'], x: 1 },
      claims,
      () => signature,
    ),
    'a payload that is no object': forged({ alg: 'ES256', kid: 'first' }, [1], () => signature),
    'no JSON at all': 'a.b.c',
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
    // In lower case: the word itself stands in answers, and what is sent here must not.
    'no token': { authorization: 'bearer' },
    'an empty header': { authorization: '' },
    'another scheme': { authorization: `Basic ${Buffer.from('web:key').toString('base64')}` },
    'the scheme of a token under another name': { authorization: `Token ${good}` },
    'no scheme': { authorization: good },
    'the right token twice': { authorization: [`Bearer ${good}`, `Bearer ${good}`] },
    'a wrong token after the right one': { authorization: [`Bearer ${good}`, 'Bearer a.b.c'] },
    'two tokens in one header': { authorization: `Bearer ${good}, Bearer ${good}` },
  };
}
