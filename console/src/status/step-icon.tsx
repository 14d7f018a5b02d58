import styles from './status.module.css';
import type { StepState } from './steps.ts';

/**
 * Icon of a step: a tick, a ring with a dot, a cross, a ring, or a dashed ring. The shapes differ, not only the
 * colours.
 */
export function StepIcon({ mark }: { readonly mark: StepState }) {
  return (
    <svg className={styles.mark} data-mark={mark} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.5" />
      {mark === 'done' && <path d="m5 8.3 2.1 2.1L11 6.2" />}
      {mark === 'current' && <circle className={styles.dot} cx="8" cy="8" r="2.75" />}
      {mark === 'failed' && <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" />}
    </svg>
  );
}
