import { useEffect, useSyncExternalStore } from 'react';
import { isFinal, type Status } from './steps.ts';

/** A state of a job and when this tab first saw it in it. */
export interface Sighting {
  /** Null is a state that this page has no name for. */
  readonly status: Status | null;
  /** The state as the upstream wrote it. */
  readonly rawStatus: string | null;
  readonly atMs: number;
}

/** More jobs than a person follows in a day; the ones seen longest ago are forgotten first. */
const MAX_JOBS = 2000;
const NONE: readonly Sighting[] = [];

const sightings = new Map<string, readonly Sighting[]>();
const listeners = new Set<() => void>();

/**
 * Notes the state in which a job is shown. The API says when a job was created, and nothing of when it went from state to
 * state: what was seen here is all that is known, for as long as the tab is open. A job that was done when it was first
 * seen has no such history.
 */
export function note(
  id: string,
  status: Status | null,
  rawStatus: string | null,
  atMs: number = Date.now(),
): void {
  const before = sightings.get(id) ?? NONE;
  const last = before.at(-1);
  if (last === undefined && isFinal(status)) return;
  if (last?.status === status && (status !== null || last.rawStatus === rawStatus)) return;
  sightings.delete(id);
  sightings.set(id, [...before, { status, rawStatus, atMs }]);
  const [oldest] = sightings.keys();
  if (sightings.size > MAX_JOBS && oldest !== undefined) sightings.delete(oldest);
  for (const listener of listeners) listener();
}

/** Notes the state that a component shows. */
export function useNote(id: string, status: Status | null, rawStatus: string | null): void {
  useEffect(() => note(id, status, rawStatus), [id, status, rawStatus]);
}

/** What was seen of a job in this tab, oldest first. */
export function useSightings(id: string): readonly Sighting[] {
  return useSyncExternalStore(subscribe, () => sightings.get(id) ?? NONE);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
