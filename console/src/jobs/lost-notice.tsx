import { useEffect, useState } from 'react';
import { useConnection } from '../client/connection.ts';
import { Icon } from '../notices/icons.tsx';
import styles from '../table/list-view.module.css';
import { useFormats } from '../words/use-formats.ts';
import { useJobsWords } from './words.ts';

/** Shorter interruptions are not shown, in milliseconds. */
const WORTH_TELLING_MS = 1500;

/** Notice that live updates have paused, while the live connection is lost. */
export function LostNotice() {
  const connection = useConnection();
  const say = useJobsWords();
  const formats = useFormats();
  const sinceMs = connection.state === 'lost' ? connection.sinceMs : undefined;
  const [told, setTold] = useState<number>();
  useEffect(() => {
    if (sinceMs === undefined) return;
    const timer = setTimeout(() => setTold(sinceMs), WORTH_TELLING_MS);
    return () => clearTimeout(timer);
  }, [sinceMs]);
  return (
    <div role="status">
      {sinceMs !== undefined && sinceMs === told && (
        <p className={styles.lost}>
          <Icon name="unplugged" />
          {say('lost', { time: formats.time(sinceMs) })}
        </p>
      )}
    </div>
  );
}
