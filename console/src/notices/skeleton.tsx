import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

interface SkeletonProps {
  /** How much of its place a line fills, where lines are of a length like texts. @default 'full' */
  readonly length?: 'short' | 'middle' | 'full';
  /** @default 'line' */
  readonly form?: 'line' | 'block';
}

/** Stands where something will be. Not read aloud: one `<Loading />` says it for all. */
export function Skeleton({ length = 'full', form = 'line' }: SkeletonProps) {
  return <span className={styles.skeleton} data-length={length} data-form={form} aria-hidden="true" />;
}

/** Tells those who cannot see skeletons that something is loading. */
export function Loading() {
  const say = useNoticeWords();
  return (
    <p className={styles.unseen} role="status">
      {say('loading')}
    </p>
  );
}
