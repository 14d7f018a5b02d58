import { useSyncExternalStore } from 'react';

/** Credential of the user: an API key, or a token of the identity provider. */
export type Credential =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'token'; readonly token: string };

const STORAGE_KEY = 'console-credential';
const listeners = new Set<() => void>();

let credential = read();

/** Reads the stored credential. `sessionStorage` is limited to this tab and cleared when the tab is closed. */
function read(): Credential | undefined {
  const stored = sessionStorage.getItem(STORAGE_KEY);
  return stored === null ? undefined : JSON.parse(stored);
}

function change(next: Credential | undefined): void {
  credential = next;
  if (next === undefined) sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/**
 * Stores a credential, sends it with every request from now on, and reconnects the live connection. Failed requests are
 * retried.
 */
export const signIn = (next: Credential): void => change(next);

/** Removes the credential. Data on the screen stays, so signing out also needs `location.reload()`. */
export const signOut = (): void => change(undefined);

/** The credential as HTTP headers or WebSocket connection parameters. */
export function credentialHeaders(): Record<string, string> {
  if (credential === undefined) return {};
  return credential.kind === 'key'
    ? { 'x-api-key': credential.key }
    : { authorization: `Bearer ${credential.token}` };
}

/** Calls `listener` at each sign-in and sign-out. @returns a function that unsubscribes it */
export function onCredential(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The current credential. */
export const useCredential = (): Credential | undefined =>
  useSyncExternalStore(onCredential, () => credential);
