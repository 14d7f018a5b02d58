import type { Credential } from '../client/credentials.ts';

/** An input error that is found without a request. */
export type InputError = 'empty' | 'invalidCharacters';

/**
 * Reads a credential from the input, without surrounding spaces and without a `Bearer` that was copied along. A header
 * can contain only visible ASCII.
 */
export function readCredential(kind: Credential['kind'], entered: string): Credential | InputError {
  const text = entered.trim().replace(/^bearer\s+/i, '');
  if (text === '') return 'empty';
  if (!/^[\x21-\x7e]+$/.test(text)) return 'invalidCharacters';
  return kind === 'key' ? { kind, key: text } : { kind, token: text };
}
