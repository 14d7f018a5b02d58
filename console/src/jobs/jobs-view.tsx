import { useEffect, useRef } from 'react';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Icon } from '../notices/icons.tsx';
import { Loading } from '../notices/skeleton.tsx';
import controls from '../style/controls.module.css';
import styles from './jobs.module.css';
import { countOf, rowAt } from './list/list.ts';
import { LostNotice } from './lost-notice.tsx';
import { NewerBar } from './newer-bar.tsx';
import { Position } from './position.tsx';
import { readerOf } from './readers.ts';
import { Table } from './table.tsx';
import { useCurrent } from './use-current.ts';
import { useFollow } from './use-follow.ts';
import { type Place, usePlace } from './use-place.ts';
import { useReading } from './use-reading.ts';
import { useWindow } from './use-window.ts';
import { useJobsWords } from './words.ts';

/** Rows beyond the view that are read before somebody comes to them. */
const AHEAD = 25;

interface JobsViewProps {
  readonly type: CustomizedVoiceJobTypeFilter;
  readonly place: Place;
  readonly onMove: (place: Place) => void;
  readonly onPlace: (place: Place) => void;
  readonly onOpen: (id: string) => void;
}

/** The list of one type, and everything that is said about it. Another type is another one of these. */
export function JobsView({ type, place, onMove, onPlace, onOpen }: JobsViewProps) {
  const say = useJobsWords();
  const reader = readerOf(type);
  const reading = useReading(reader);
  const { list, failure, busy } = reading;
  const scroller = useRef<HTMLDivElement>(null);
  const current = useCurrent(scroller, list);
  const window = useWindow(scroller, list, current.index ?? 0);
  const { first, end, rowHeight } = window;
  const letGo = usePlace({ scroller, reader, list, rowHeight, place, onMove, onPlace });
  const live = useFollow(list, first, end);

  useEffect(() => reader.look(first - AHEAD, Math.max(end, first + 1) + AHEAD), [reader, first, end]);

  const goTo = (index: number) => {
    const element = scroller.current;
    if (element === null) return;
    letGo();
    const head = element.querySelector('[role="rowgroup"]')?.clientHeight ?? 0;
    const top = index * rowHeight;
    const lowest = top + rowHeight - (element.clientHeight - head);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (lowest > element.scrollTop) element.scrollTop = lowest;
  };

  const isUnknown = list.total === undefined;
  const isEmpty = list.total === 0 && countOf(list) === 0;
  /** Whether somebody looks at rows that are not read. */
  const isPart = window.rows.some(({ index }) => rowAt(list, index) === undefined);
  const problem = failure ?? live.failure;
  return (
    <section className={styles.view} aria-label={say('jobs')}>
      <div className={styles.bar}>
        <Position list={list} first={first} end={end} />
        <NewerBar
          list={list}
          onShow={() => {
            letGo();
            reader.showNewer();
            goTo(0);
          }}
        />
        <div className={styles.jumps}>
          <button
            type="button"
            className={controls.icon}
            aria-label={say('toStart')}
            title={say('toStart')}
            onClick={() => goTo(0)}
          >
            <Icon name="toStart" />
          </button>
          <button
            type="button"
            className={controls.icon}
            aria-label={say('toEnd')}
            title={say('toEnd')}
            onClick={() => goTo(countOf(list) - 1)}
          >
            <Icon name="toEnd" />
          </button>
        </div>
      </div>
      <LostNotice />
      {problem !== undefined && (
        <FailureNotice
          failure={problem}
          busy={busy}
          onRetry={() => reader.retry()}
          shown={
            isUnknown
              ? { what: 'nothing' }
              : isPart
                ? { what: 'part' }
                : { what: 'stale', sinceMs: reading.readMs }
          }
        />
      )}
      {isUnknown && busy && <Loading />}
      {isEmpty && <EmptyList type={type} />}
      <Table
        scroller={scroller}
        // Where no row is, titles and skeletons would wait for something that does not come.
        hidden={isEmpty || (isUnknown && problem !== undefined)}
        list={list}
        window={window}
        current={current}
        gone={live.gone}
        busy={busy}
        onGoTo={goTo}
        onOpen={onOpen}
      />
    </section>
  );
}
