import { useValueWords } from '../words/values.ts';
import styles from './status.module.css';
import { StepMark } from './step-mark.tsx';
import type { Standing } from './steps.ts';
import { useStatusWords } from './words.ts';

/** All steps of a job with their labels, and the upstream's message in full. */
export function StatusSteps({ standing }: { readonly standing: Standing }) {
  const { status, marks, tone, isOnItsWay, name, isRaw, message } = standing;
  const say = useStatusWords();
  const sayValue = useValueWords();
  return (
    <div className={styles.full}>
      {isOnItsWay ? (
        <ol className={styles.steps} aria-label={say('steps')}>
          {marks.map(({ step, mark }) => (
            <li key={step} data-mark={mark} aria-current={step === status ? 'step' : undefined}>
              <StepMark mark={mark} />
              <span className={styles.step}>
                {say(step)}
                <span className={styles.unseen}>, {say(mark)}</span>
              </span>
            </li>
          ))}
        </ol>
      ) : (
        // The position of an unknown status is not known, so no steps are shown.
        <p className={styles.alone} data-tone={tone}>
          <StepMark mark={tone} />
          <span>
            <bdi>{name}</bdi>
            {isRaw && <span className={styles.raw}>{sayValue('raw')}</span>}
          </span>
        </p>
      )}
      {message !== null && (
        <p className={styles.said} data-tone={tone}>
          <span className={styles.unseen}>{say('saysUpstream')}: </span>
          {message}
        </p>
      )}
    </div>
  );
}
