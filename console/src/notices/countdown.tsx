import { useEffect, useState } from 'react';
import { useFormats } from '../i18n/use-formats.ts';
import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

/** Countdown in seconds. Screen readers hear the time of day once instead of every second. */
export function Countdown({ untilMs }: { readonly untilMs: number }) {
  const t = useNoticeTexts();
  const formats = useFormats();
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const leftMs = untilMs - nowMs;
  if (leftMs <= 0) return <span className={styles.countdown}>{t('retrying')}</span>;
  return (
    <span className={styles.countdown}>
      <span aria-hidden="true">{t('retryingIn', { wait: formats.wait(leftMs) })}</span>
      <span className={styles.unseen}>{t('retryingAt', { time: formats.time(untilMs) })}</span>
    </span>
  );
}
