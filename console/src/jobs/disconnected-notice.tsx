import { useEffect, useState } from 'react';
import { useConnection } from '../client/connection.ts';
import { useFormats } from '../i18n/use-formats.ts';
import { Icon } from '../notices/icons.tsx';
import styles from '../table/list-view.module.css';
import { useJobsTexts } from './texts.ts';

/** Shorter interruptions are not shown, in milliseconds. */
const SHOW_AFTER_MS = 1500;

/** Notice that live updates have paused, while the live connection is lost. */
export function DisconnectedNotice() {
  const connection = useConnection();
  const t = useJobsTexts();
  const formats = useFormats();
  const sinceMs = connection.state === 'lost' ? connection.sinceMs : undefined;
  const [shownSinceMs, setShownSinceMs] = useState<number>();
  useEffect(() => {
    if (sinceMs === undefined) return;
    const timer = setTimeout(() => setShownSinceMs(sinceMs), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [sinceMs]);
  return (
    <div role="status">
      {sinceMs !== undefined && sinceMs === shownSinceMs && (
        <p className={styles.lost}>
          <Icon name="unplugged" />
          {t('lost', { time: formats.time(sinceMs) })}
        </p>
      )}
    </div>
  );
}
