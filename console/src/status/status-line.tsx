import { useValueWords } from '../words/values.ts';
import styles from './status.module.css';
import { StepMark } from './step-mark.tsx';
import { STEPS, type Standing } from './steps.ts';
import { useStatusWords } from './words.ts';

/** Status in two lines: its name, then its progress and the upstream's message. */
export function StatusLine({ standing }: { readonly standing: Standing }) {
  const { marks, tone, isOnItsWay, name, isRaw, message } = standing;
  const say = useStatusWords();
  const sayValue = useValueWords();
  const number = marks.findIndex(({ mark }) => mark === 'current') + 1;
  return (
    <div className={styles.line} data-tone={tone}>
      <span className={styles.name}>
        <StepMark mark={tone} />
        <bdi title={isRaw ? sayValue('raw') : undefined}>{name}</bdi>
        {tone === 'current' && (
          <span className={styles.unseen}>{say('place', { number, count: STEPS.length })}</span>
        )}
      </span>
      <span className={styles.detail}>
        {isOnItsWay && (
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
