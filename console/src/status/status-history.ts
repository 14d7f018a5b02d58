import { useEffect, useSyncExternalStore } from 'react';
import { isFinal, type Status } from './steps.ts';

/** A status of a job, and when this tab first saw it. */
export interface SeenStatus {
  /** Null for a status that the schema does not know. */
  readonly status: Status | null;
  /** The status as sent by the upstream. */
  readonly rawStatus: string | null;
  readonly atMs: number;
}

/** Maximum number of jobs with a history; the least recently changed is evicted first. */
const MAX_JOBS = 2000;
const NO_STATUSES: readonly SeenStatus[] = [];

const seenStatuses = new Map<string, readonly SeenStatus[]>();
const listeners = new Set<() => void>();

/**
 * Records the status of a job. The API has no times of status changes, so this history of the tab is all there is. A
 * job that was finished when it was first seen has none.
 */
export function recordStatus(
  id: string,
  status: Status | null,
  rawStatus: string | null,
  atMs: number = Date.now(),
): void {
  const before = seenStatuses.get(id) ?? NO_STATUSES;
  const last = before.at(-1);
  if (last === undefined && isFinal(status)) return;
  if (last?.status === status && (status !== null || last.rawStatus === rawStatus)) return;
  seenStatuses.delete(id);
  seenStatuses.set(id, [...before, { status, rawStatus, atMs }]);
  const [oldest] = seenStatuses.keys();
  if (seenStatuses.size > MAX_JOBS && oldest !== undefined) seenStatuses.delete(oldest);
  for (const listener of listeners) listener();
}

/** Records the status that a component shows. */
export function useRecordStatus(id: string, status: Status | null, rawStatus: string | null): void {
  useEffect(() => recordStatus(id, status, rawStatus), [id, status, rawStatus]);
}

/** Statuses of a job that this tab has seen, oldest first. */
export function useStatusHistory(id: string): readonly SeenStatus[] {
  return useSyncExternalStore(subscribe, () => seenStatuses.get(id) ?? NO_STATUSES);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
