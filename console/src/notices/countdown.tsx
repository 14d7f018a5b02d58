import { useEffect, useState } from 'react';
import { useFormats } from '../words/use-formats.ts';
import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

/** Countdown in seconds. Screen readers hear the time of day once instead of every second. */
export function Countdown({ untilMs }: { readonly untilMs: number }) {
  const say = useNoticeWords();
  const formats = useFormats();
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const leftMs = untilMs - nowMs;
  if (leftMs <= 0) return <span className={styles.countdown}>{say('trying')}</span>;
  return (
    <span className={styles.countdown}>
      <span aria-hidden="true">{say('triesIn', { wait: formats.wait(leftMs) })}</span>
      <span className={styles.unseen}>{say('triesAt', { time: formats.time(untilMs) })}</span>
    </span>
  );
}
