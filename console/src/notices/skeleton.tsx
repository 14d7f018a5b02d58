import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

interface SkeletonProps {
  /** Width of the line. @default 'full' */
  readonly length?: 'short' | 'middle' | 'full';
  /** @default 'line' */
  readonly form?: 'line' | 'block';
}

/** Placeholder while loading. Hidden from screen readers: one `<Loading />` announces it for all. */
export function Skeleton({ length = 'full', form = 'line' }: SkeletonProps) {
  return <span className={styles.skeleton} data-length={length} data-form={form} aria-hidden="true" />;
}

/** Announces to screen readers that data is loading. */
export function Loading() {
  const t = useNoticeTexts();
  return (
    <p className={styles.unseen} role="status">
      {t('loading')}
    </p>
  );
}
