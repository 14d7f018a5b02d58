import { useEffect, useSyncExternalStore } from 'react';
import { isFinal, type Status } from './steps.ts';

/** A status of a job, and when this tab first saw it. */
export interface Sighting {
  /** Null for a status that the schema does not know. */
  readonly status: Status | null;
  /** The status as sent by the upstream. */
  readonly rawStatus: string | null;
  readonly atMs: number;
}

/** Maximum number of jobs with a history; the least recently changed is evicted first. */
const MAX_JOBS = 2000;
const NONE: readonly Sighting[] = [];

const sightings = new Map<string, readonly Sighting[]>();
const listeners = new Set<() => void>();

/**
 * Records the status of a job. The API has no times of status changes, so this history of the tab is all there is. A
 * job that was finished when it was first seen has none.
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

/** Records the status that a component shows. */
export function useNote(id: string, status: Status | null, rawStatus: string | null): void {
  useEffect(() => note(id, status, rawStatus), [id, status, rawStatus]);
}

/** Statuses of a job that this tab has seen, oldest first. */
export function useSightings(id: string): readonly Sighting[] {
  return useSyncExternalStore(subscribe, () => sightings.get(id) ?? NONE);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
