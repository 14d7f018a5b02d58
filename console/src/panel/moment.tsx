import { momentOf } from '../words/formats.ts';
import { useMinute } from '../words/minute.ts';
import { useFormats } from '../words/use-formats.ts';
import styles from './panel.module.css';

/** A time to the second, and how long ago it was. A malformed time is shown as it is. */
export function Moment({ at }: { readonly at: string | number }) {
  const formats = useFormats();
  const nowMs = useMinute();
  const atMs = typeof at === 'number' ? at : momentOf(at);
  if (atMs === undefined) return at;
  return (
    <time dateTime={new Date(atMs).toISOString()}>
      {formats.exact(atMs)}{' '}
      <span className={styles.ago}>{formats.relative(atMs, Math.max(nowMs, atMs))}</span>
    </time>
  );
}
