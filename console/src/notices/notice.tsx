import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import styles from './notices.module.css';

/** How much a notice weighs: something to know, something that passes, something to do about. */
export type Tone = 'calm' | 'passing' | 'grave';

interface NoticeProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  readonly text?: ReactNode;
  /** Buttons, and what counts down. */
  readonly actions?: ReactNode;
  /** What follows below: the ids for support, a form. */
  readonly children?: ReactNode;
  /** `page` in place of what could not be shown, `banner` above what is. @default 'page' */
  readonly form?: 'page' | 'banner';
}

/** The frame of every notice. It is read aloud when it appears: at once when it is grave, else when there is a pause. */
export function Notice({ tone, icon, title, text, actions, children, form = 'page' }: NoticeProps) {
  const Title = form === 'page' ? 'h2' : 'strong';
  const notice = (
    <section className={styles[form]} data-tone={tone}>
      <span className={styles.icon}>
        <Icon name={icon} />
      </span>
      <div className={styles.words} role={tone === 'grave' ? 'alert' : 'status'}>
        <Title className={styles.title}>{title}</Title>
        {text !== undefined && <p className={styles.text}>{text}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      {children}
    </section>
  );
  // How it is laid out depends on the width of its place, which may be a panel.
  return form === 'banner' ? <div className={styles.place}>{notice}</div> : notice;
}
