import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import styles from './notices.module.css';

/** Severity of a notice. */
export type Tone = 'info' | 'warning' | 'error';

interface NoticeProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  readonly text?: ReactNode;
  /** Buttons and the countdown. */
  readonly actions?: ReactNode;
  /** Content below: the ids for support, or a form. */
  readonly children?: ReactNode;
  /** `page` in place of the data, `banner` above it. @default 'page' */
  readonly form?: 'page' | 'banner';
}

/**
 * Layout of every notice. Screen readers announce it: an `error` at once (role alert), others politely (role status).
 */
export function Notice({ tone, icon, title, text, actions, children, form = 'page' }: NoticeProps) {
  const Title = form === 'page' ? 'h2' : 'strong';
  const notice = (
    <section className={styles[form]} data-tone={tone}>
      <span className={styles.icon}>
        <Icon name={icon} />
      </span>
      <div className={styles.words} role={tone === 'error' ? 'alert' : 'status'}>
        <Title className={styles.title}>{title}</Title>
        {text !== undefined && <p className={styles.text}>{text}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      {children}
    </section>
  );
  // A container query lays it out by the width of its container, which can be a panel.
  return form === 'banner' ? <div className={styles.place}>{notice}</div> : notice;
}
