import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobTimelineJobFragmentDoc } from '../generated/graphql.ts';
import { useValueTexts } from '../i18n/value-texts.ts';
import panel from '../panel/panel.module.css';
import { Timestamp } from '../panel/timestamp.tsx';
import { useStatusHistory } from '../status/status-history.ts';
import { StepIcon } from '../status/step-icon.tsx';
import { isFinal, toneOf } from '../status/steps.ts';
import { useStatusTexts } from '../status/texts.ts';
import styles from './job.module.css';
import { useJobTexts } from './texts.ts';

/** Timeline of a job: its creation time from the API, and the status changes that this tab has seen. */
export function JobTimeline({ job }: { readonly job: FragmentType<typeof JobTimelineJobFragmentDoc> }) {
  const { id, status, createTime } = readFragment(JobTimelineJobFragmentDoc, job);
  const seenStatuses = useStatusHistory(id);
  const t = useJobTexts();
  const tStatus = useStatusTexts();
  const tValue = useValueTexts();
  return (
    <>
      <ol className={styles.timeline}>
        <li>
          <StepIcon mark="done" />
          <span>{t('created')}</span>
          {createTime === null ? (
            <span className={panel.missing}>{tValue('missing')}</span>
          ) : (
            <Timestamp at={createTime} />
          )}
        </li>
        {seenStatuses.map((seenStatus, index) => {
          const state =
            seenStatus.status === null
              ? seenStatus.rawStatus || t('unknownState')
              : tStatus(seenStatus.status);
          const isLast = index === seenStatuses.length - 1;
          const tone = toneOf(seenStatus.status);
          return (
            <li key={seenStatus.atMs + state}>
              <StepIcon mark={tone === 'current' && !isLast ? 'done' : tone} />
              <span>{t(index === 0 ? 'firstSeen' : 'seen', { state })}</span>
              <Timestamp at={seenStatus.atMs} />
            </li>
          );
        })}
      </ol>
      <p className={panel.note}>
        {t(seenStatuses.length === 0 && isFinal(status) ? 'timelineNoteFinal' : 'timelineNote')}
      </p>
    </>
  );
}
