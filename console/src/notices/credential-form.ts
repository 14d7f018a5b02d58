import type { Credential } from '../client/credentials.ts';

/** What is wrong with what was entered, before anybody is asked. */
export type Slip = 'empty' | 'hasOthers';

/**
 * Makes what was entered a credential, without what is copied along by mistake: spaces around it, the word `Bearer`. A header
 * can carry nothing but visible ASCII.
 */
export function readCredential(kind: Credential['kind'], entered: string): Credential | Slip {
  const text = entered.trim().replace(/^bearer\s+/i, '');
  if (text === '') return 'empty';
  if (!/^[\x21-\x7e]+$/.test(text)) return 'hasOthers';
  return kind === 'key' ? { kind, key: text } : { kind, token: text };
}
