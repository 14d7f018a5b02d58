import type { Environment } from './variables.ts';

/** Variables of the vendor's chain whose values let somebody in, or are part of what does. */
const VENDOR_SECRETS = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
];

/** A password in a URL, of whatever program. */
const PASSWORD = /\/\/[^/?#]*?:([^@]+)@/;

/** The values of an environment that must never be written anywhere, well-formed or not. */
export function secretsOf(env: Environment): string[] {
  const keys = (env.AUTH_API_KEYS ?? '').split(',').map((entry) => entry.trim());
  return [
    ...VENDOR_SECRETS.map((name) => env[name] ?? ''),
    ...Object.values(env).map((value) => PASSWORD.exec(value ?? '')?.[1] ?? ''),
    ...keys.flatMap((entry) => [entry, entry.slice(entry.indexOf(':') + 1)]),
  ].filter((value) => value !== '');
}
