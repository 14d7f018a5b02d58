import { useSyncExternalStore } from 'react';

/** What proves who asks: an API key, or a token of the identity provider. */
export type Credential =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'token'; readonly token: string };

const KEPT_AS = 'console-credential';
const listeners = new Set<() => void>();

let credential = read();

/** Kept in this tab alone: gone when it is closed, and not seen by another one. */
function read(): Credential | undefined {
  const kept = sessionStorage.getItem(KEPT_AS);
  return kept === null ? undefined : JSON.parse(kept);
}

function change(next: Credential | undefined): void {
  credential = next;
  if (next === undefined) sessionStorage.removeItem(KEPT_AS);
  else sessionStorage.setItem(KEPT_AS, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Every request from now on carries it, and the live connection is made anew. What has failed is asked again. */
export const signIn = (next: Credential): void => change(next);

/** Forgets it. Nothing that is on the screen goes away by that: who signs out wants `location.reload()` as well. */
export const signOut = (): void => change(undefined);

/** As headers of HTTP and parameters of a WebSocket carry it. */
export function credentialHeaders(): Record<string, string> {
  if (credential === undefined) return {};
  return credential.kind === 'key'
    ? { 'x-api-key': credential.key }
    : { authorization: `Bearer ${credential.token}` };
}

/** Calls back at each sign-in and sign-out; returns what ends that. */
export function onCredential(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** What the next request will carry. */
export const useCredential = (): Credential | undefined =>
  useSyncExternalStore(onCredential, () => credential);
