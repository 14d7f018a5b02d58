import { createContext, useContext, useSyncExternalStore } from 'react';
import { useFormats } from '../i18n/use-formats.ts';
import { Notice } from '../notices/notice.tsx';
import controls from '../style/controls.module.css';
import styles from '../table/list-view.module.css';
import { type JobFilter, NO_FILTER, rangeOf, stillMatches } from './filter.ts';
import type { SearchReader, SearchReaderState } from './search-reader.ts';
import { useFilterTexts } from './texts.ts';

interface SearchStatusProps {
  readonly reader: SearchReader;
  readonly filter: JobFilter;
}

const useSearch = (reader: SearchReader): SearchReaderState =>
  useSyncExternalStore(reader.subscribe, reader.snapshot);

/** Number of matches, or of those found so far; with a button to continue a paused search. */
export function SearchProgress({ reader, filter }: SearchStatusProps) {
  const t = useFilterTexts();
  const text = useProgressText(reader, filter);
  const { search, busy, failure } = useSearch(reader);
  return (
    <>
      <p className={styles.position} role="status">
        {text ?? (busy ? t('looking') : '')}
      </p>
      {search.isPaused && failure === undefined && <KeepLooking reader={reader} isBusy={busy} />}
    </>
  );
}

/** Progress of a search as text; undefined before its first page. */
export function useProgressText(reader: SearchReader, filter: JobFilter): string | undefined {
  const t = useFilterTexts();
  const formats = useFormats();
  const { search, list } = useSearch(reader);
  if (search.total === undefined) return undefined;
  const rows = list.segments[0]?.rows.length ?? 0;
  const values = {
    found: formats.number(search.matchCount ?? rows),
    scanned: formats.number(search.scanned),
    total: formats.number(search.total),
  };
  if (search.matchCount !== null) return t('matches', values);
  if (!search.isPaused) return t('found', values);
  // A search with a time range begins within that range, not at the newest job.
  return t(Object.keys(rangeOf(filter)).length === 0 ? 'foundInNewest' : 'foundAmong', values);
}

function KeepLooking({ reader, isBusy }: { readonly reader: SearchReader; readonly isBusy: boolean }) {
  const t = useFilterTexts();
  return (
    <button
      type="button"
      className={`${controls.quiet} ${styles.onward}`}
      aria-disabled={isBusy}
      onClick={() => {
        if (!isBusy) reader.keepLooking();
      }}
    >
      {t(isBusy ? 'looking' : 'keepLooking')}
    </button>
  );
}

/** Shown in place of the table when no job matches. */
export function NoMatches({ reader }: { readonly reader: SearchReader }) {
  const t = useFilterTexts();
  const formats = useFormats();
  const { search } = useSearch(reader);
  const values = { scanned: formats.number(search.scanned), total: formats.number(search.total ?? 0) };
  return (
    <Notice
      tone="info"
      icon="missing"
      title={t(search.isPaused ? 'nonePausedTitle' : 'noneTitle')}
      text={t(search.isPaused ? 'nonePausedText' : 'noneText', values)}
    />
  );
}

/** The filter of the table, and the rows that a repeated search no longer found. */
interface Matching {
  readonly filter: JobFilter;
  readonly missing: ReadonlySet<string>;
}

export const MatchingContext = createContext<Matching>({ filter: NO_FILTER, missing: new Set() });

/** Whether a job that the table shows no longer matches its filter. */
export function useIsUnmatched(job: Parameters<typeof stillMatches>[1] & { readonly id: string }): boolean {
  const { filter, missing } = useContext(MatchingContext);
  return missing.has(job.id) || !stillMatches(filter, job);
}
