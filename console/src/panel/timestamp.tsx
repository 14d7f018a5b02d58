import { momentOf } from '../i18n/formats.ts';
import { useFormats } from '../i18n/use-formats.ts';
import { useMinute } from '../i18n/use-minute.ts';
import styles from './panel.module.css';

/** A time to the second, and how long ago it was. A malformed time is shown as it is. */
export function Timestamp({ at }: { readonly at: string | number }) {
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
