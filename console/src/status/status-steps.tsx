import { useValueTexts } from '../i18n/value-texts.ts';
import styles from './status.module.css';
import { StepIcon } from './step-icon.tsx';
import type { StatusDetails } from './steps.ts';
import { useStatusTexts } from './texts.ts';

/** All steps of a job with their labels, and the upstream's message in full. */
export function StatusSteps({ details }: { readonly details: StatusDetails }) {
  const { status, marks, tone, hasProgress, name, isRaw, message } = details;
  const t = useStatusTexts();
  const tValue = useValueTexts();
  return (
    <div className={styles.full}>
      {hasProgress ? (
        <ol className={styles.steps} aria-label={t('steps')}>
          {marks.map(({ step, mark }) => (
            <li key={step} data-mark={mark} aria-current={step === status ? 'step' : undefined}>
              <StepIcon mark={mark} />
              <span className={styles.step}>
                {t(step)}
                <span className={styles.unseen}>, {t(mark)}</span>
              </span>
            </li>
          ))}
        </ol>
      ) : (
        // The position of an unknown status is not known, so no steps are shown.
        <p className={styles.alone} data-tone={tone}>
          <StepIcon mark={tone} />
          <span>
            <bdi>{name}</bdi>
            {isRaw && <span className={styles.raw}>{tValue('raw')}</span>}
          </span>
        </p>
      )}
      {message !== null && (
        <p className={styles.said} data-tone={tone}>
          <span className={styles.unseen}>{t('message')}: </span>
          {message}
        </p>
      )}
    </div>
  );
}
