import { useValueTexts } from '../i18n/value-texts.ts';
import styles from './status.module.css';
import { StepIcon } from './step-icon.tsx';
import { STEPS, type StatusDetails } from './steps.ts';
import { useStatusTexts } from './texts.ts';

/** Status in two lines: its name, then its progress and the upstream's message. */
export function StatusLine({ details }: { readonly details: StatusDetails }) {
  const { marks, tone, hasProgress, name, isRaw, message } = details;
  const t = useStatusTexts();
  const tValue = useValueTexts();
  const number = marks.findIndex(({ mark }) => mark === 'current') + 1;
  return (
    <div className={styles.line} data-tone={tone}>
      <span className={styles.name}>
        <StepIcon mark={tone} />
        <bdi title={isRaw ? tValue('raw') : undefined}>{name}</bdi>
        {tone === 'current' && (
          <span className={styles.unseen}>{t('place', { number, count: STEPS.length })}</span>
        )}
      </span>
      <span className={styles.detail}>
        {hasProgress && (
          <span className={styles.track} aria-hidden="true">
            {marks.map(({ step, mark }) => (
              <i key={step} data-mark={mark} />
            ))}
          </span>
        )}
        {message !== null && (
          <span className={styles.message} title={message}>
            {message}
          </span>
        )}
      </span>
    </div>
  );
}
