import { useEffect, useState } from 'react';
import controls from '../style/controls.module.css';
import { announce } from './announce.ts';
import { Icon, type IconName } from './icons.tsx';
import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

/** Time in milliseconds for which the button shows that it has copied. */
const SHOWN = 1600;

interface CopyButtonProps {
  readonly text: string;
  /** Name of the text, translated. */
  readonly what: string;
  /** @default 'copy' */
  readonly icon?: IconName;
}

/** Button that copies a text and confirms it, visibly and to screen readers. */
export function CopyButton({ text, what, icon = 'copy' }: CopyButtonProps) {
  const t = useNoticeTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async (button: HTMLElement) => {
    const done = await copyText(text, button);
    setCopied(done);
    announce(done ? t('copied', { what }) : t('notCopied'));
  };

  return (
    <button
      type="button"
      className={`${controls.icon} ${styles.copy}`}
      data-copied={copied || undefined}
      aria-label={t('copy', { what })}
      title={t('copy', { what })}
      onClick={(event) => {
        // A click on a row opens it; a click on its button must not.
        event.stopPropagation();
        void copy(event.currentTarget);
      }}
    >
      <Icon name={copied ? 'check' : icon} />
    </button>
  );
}

/**
 * Copies a text; resolves to whether that worked. Falls back to `execCommand`, because `navigator.clipboard` exists
 * only on secure origins.
 */
async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'announced';
    // Inside an open dialog, which would otherwise take the focus back.
    near.after(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    near.focus();
    return done;
  }
}
