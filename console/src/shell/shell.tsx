import { lazy, Suspense, useEffect, useLayoutEffect, useMemo } from 'react';
import { type TYPES, useAddress, type VIEWS } from '../address/address.ts';
import { type JobFilter, keyOf, NO_FILTER } from '../filter/filter.ts';
import { FilterBar } from '../filter/filter-bar.tsx';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { applyLanguage, chooseLanguage, firstLanguage } from '../i18n/language.ts';
import { JobsView } from '../jobs/jobs-view.tsx';
import { ErrorBoundary } from '../notices/error-boundary.tsx';
import { Loading } from '../notices/skeleton.tsx';
import { type Opened, OpenPanel } from '../panel/open-panel.tsx';
import type { ScrollPosition } from '../table/use-scroll-position.ts';
import { VoicesView } from '../voices/voices-view.tsx';
import { Header } from './header.tsx';
import styles from './shell.module.css';
import { useShellTexts } from './texts.ts';

type Type = (typeof TYPES)[number];
type View = (typeof VIEWS)[number];

/** Value of the API's `type` argument, the same for jobs and voices. */
const FILTERS: Readonly<Record<Type, CustomizedVoiceJobTypeFilter>> = {
  basic: 'BASIC',
  standard: 'STANDARD',
  all: 'ALL',
};

const TOP: ScrollPosition = { at: null, row: null };
/** Last scroll position in each list, restored when the user switches back. */
const places = new Map<string, ScrollPosition>();

/** Key of the list that `at` and `row` of the address refer to. */
const listOf = (view: View, type: Type, filter: JobFilter) =>
  view === 'voices' ? `voices ${type}` : `jobs ${type} ${keyOf(filter)}`;

/** The filter as address parameters. */
const addressOf = ({ status, gender, scenario, ...rest }: JobFilter) => ({
  ...rest,
  status: [...status],
  gender: [...gender],
  scenario: [...scenario],
});

/** Loaded on demand: the chart library is large. */
const ChartsView = lazy(() => import('../jobs/charts-view.tsx'));

/** The page for the current address. */
export function Shell() {
  const [{ type, at, row, job, voice, view, lang, ...filterParameters }, go] = useAddress();
  // The same object while its conditions are equal, because every row of the table depends on it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key identifies the filter
  const filter: JobFilter = useMemo(() => filterParameters, [keyOf(filterParameters)]);
  const list = listOf(view, type, filter);
  const t = useShellTexts();
  const language = lang ?? firstLanguage();
  useEffect(() => applyLanguage(language), [language]);
  const title = t('title');
  // A layout effect, so that it runs before the effects of children, which may extend the title.
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);

  /**
   * Navigates with a new history entry. First writes the scroll position into the current entry, because the list
   * delays that, and Back has to restore it.
   */
  const leave = async (next: Parameters<typeof go>[0]) => {
    const here = view === 'charts' ? undefined : places.get(list);
    if (here !== undefined && here.at !== at) await go({ ...here });
    await go(next, { history: 'push' });
  };
  const goTo = (nextView: View, nextType: Type) => {
    const next = listOf(nextView, nextType, filter);
    const there = next === list ? {} : (places.get(next) ?? TOP);
    void leave({ view: nextView, type: nextType, ...there });
  };
  const positionProps = {
    place: { at, row },
    onMove: (place: ScrollPosition) => void places.set(list, place),
    onPlace: (place: ScrollPosition) => void go({ ...place }),
  };
  /** Replaces the history entry: each keystroke is another filter. */
  const onFilter = (next: JobFilter) => void go({ ...addressOf(next), ...TOP });
  const opened: Opened | undefined =
    job !== null ? { kind: 'job', id: job } : voice !== null ? { kind: 'voice', id: voice } : undefined;

  return (
    <div className={styles.page}>
      <Header
        type={type}
        onType={(next) => goTo(view, next)}
        view={view}
        onView={(next) => goTo(next, type)}
        language={language}
        onLanguage={(next) => {
          chooseLanguage(next);
          void go({ lang: next });
        }}
      />
      <main className={styles.main}>
        <ErrorBoundary>
          {view !== 'voices' && <FilterBar filter={filter} onChange={onFilter} />}
          {view === 'jobs' && (
            <JobsView
              key={list}
              {...positionProps}
              type={FILTERS[type]}
              filter={filter}
              onOpen={(id) => void leave({ job: id })}
            />
          )}
          {view === 'voices' && (
            <VoicesView
              key={type}
              {...positionProps}
              type={FILTERS[type]}
              onOpen={(id) => void leave({ voice: id })}
            />
          )}
          {view === 'charts' && (
            <Suspense fallback={<Loading />}>
              <ChartsView key={list} type={FILTERS[type]} filter={filter} />
            </Suspense>
          )}
        </ErrorBoundary>
      </main>
      <OpenPanel
        opened={opened}
        onOpen={({ kind, id }) => void go({ job: null, voice: null, [kind]: id }, { history: 'push' })}
        onFindJobs={(text) =>
          void leave({
            ...addressOf({ ...NO_FILTER, text }),
            ...TOP,
            view: 'jobs',
            type: 'all',
            job: null,
            voice: null,
          })
        }
        onClose={() => void go({ job: null, voice: null })}
      />
    </div>
  );
}
