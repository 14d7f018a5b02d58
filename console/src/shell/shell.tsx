import { lazy, Suspense, useEffect, useLayoutEffect } from 'react';
import { type TYPES, useAddress } from '../address/address.ts';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { JobsView } from '../jobs/jobs-view.tsx';
import type { Place } from '../jobs/use-place.ts';
import { Boundary } from '../notices/boundary.tsx';
import { Loading } from '../notices/skeleton.tsx';
import { chooseLanguage, firstLanguage, speak } from '../words/language.ts';
import { Header } from './header.tsx';
import { OpenJob } from './open-job.tsx';
import styles from './shell.module.css';
import { useShellWords } from './words.ts';

type Type = (typeof TYPES)[number];

const FILTERS: Readonly<Record<Type, CustomizedVoiceJobTypeFilter>> = {
  basic: 'BASIC',
  standard: 'STANDARD',
  all: 'ALL',
};

const TOP: Place = { at: null, row: null };
/** Where one was in each list, to go back to by the switch. */
const places = new Map<Type, Place>();

/** Whoever does not look at pictures does not load what draws them. */
const PicturesView = lazy(() => import('../jobs/pictures-view.tsx'));

/** What the address says, as a page. */
export function Shell() {
  const [{ type, at, row, job, view, lang }, go] = useAddress();
  const say = useShellWords();
  const language = lang ?? firstLanguage();
  useEffect(() => speak(language), [language]);
  const title = say('title');
  // Before the effects of what is in it, which may have more to say.
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);

  /**
   * Goes elsewhere by a new entry of the history. Writes the place in the list into this one before, because the list waits
   * until its scroller rests, and Back has to lead to where one was.
   */
  const leave = async (next: Parameters<typeof go>[0]) => {
    const here = view === 'jobs' ? places.get(type) : undefined;
    if (here !== undefined && here.at !== at) await go({ ...here });
    await go(next, { history: 'push' });
  };

  return (
    <div className={styles.page}>
      <Header
        type={type}
        onType={(next) => void leave({ type: next, ...(places.get(next) ?? TOP) })}
        view={view}
        onView={(next) => void leave({ view: next })}
        language={language}
        onLanguage={(next) => {
          chooseLanguage(next);
          void go({ lang: next });
        }}
      />
      <main className={styles.main}>
        <Boundary>
          {view === 'jobs' ? (
            <JobsView
              key={type}
              type={FILTERS[type]}
              place={{ at, row }}
              onMove={(place) => places.set(type, place)}
              onPlace={(place) => void go({ ...place })}
              onOpen={(id) => void leave({ job: id })}
            />
          ) : (
            <Suspense fallback={<Loading />}>
              <PicturesView key={type} type={FILTERS[type]} />
            </Suspense>
          )}
        </Boundary>
      </main>
      <OpenJob id={job} onClose={() => void go({ job: null })} />
    </div>
  );
}
