import { useEffect, useState } from 'react';
import controls from '../style/controls.module.css';
import { announce } from './announce.ts';
import { Icon, type IconName } from './icons.tsx';
import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

/** How long a button shows that it has copied, in milliseconds. */
const SHOWN = 1600;

interface CopyButtonProps {
  readonly text: string;
  /** What the text is, in the language of the reader. */
  readonly what: string;
  /** @default 'copy' */
  readonly icon?: IconName;
}

/** Copies a text, and says so, to the eye and to the ear. */
export function CopyButton({ text, what, icon = 'copy' }: CopyButtonProps) {
  const say = useNoticeWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async (button: HTMLElement) => {
    const done = await copyText(text, button);
    setCopied(done);
    announce(done ? say('copied', { what }) : say('notCopied'));
  };

  return (
    <button
      type="button"
      className={`${controls.icon} ${styles.copy}`}
      data-copied={copied || undefined}
      aria-label={say('copy', { what })}
      title={say('copy', { what })}
      onClick={(event) => {
        // A row that is pressed opens; its buttons do not.
        event.stopPropagation();
        void copy(event.currentTarget);
      }}
    >
      <Icon name={copied ? 'check' : icon} />
    </button>
  );
}

/** Whether it is on the clipboard now. The clipboard proper is for secure origins only, which a gateway by HTTP is not. */
async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'announced';
    // Within the dialog that may be open, or its focus would be taken back at once.
    near.after(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    near.focus();
    return done;
  }
}
