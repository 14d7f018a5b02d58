import { type Ref, useState } from 'react';
import controls from '../style/controls.module.css';
import { Icon } from './icons.tsx';
import styles from './notices.module.css';
import { useNoticeWords } from './words.ts';

interface SecretFieldProps {
  readonly id: string;
  readonly ref: Ref<HTMLInputElement>;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Of what says what is wrong with it; undefined when nothing is. */
  readonly describedBy: string | undefined;
}

/** A field whose text is hidden until its reader wants to see it. Nobody is asked to remember it. */
export function SecretField({ id, ref, value, onChange, describedBy }: SecretFieldProps) {
  const say = useNoticeWords();
  const [isShown, setShown] = useState(false);
  return (
    <span className={styles.secret}>
      <input
        id={id}
        ref={ref}
        type={isShown ? 'text' : 'password'}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={describedBy !== undefined}
        aria-describedby={describedBy}
      />
      <button
        type="button"
        className={controls.icon}
        aria-pressed={isShown}
        aria-label={say('show')}
        title={say('show')}
        onClick={() => setShown(!isShown)}
      >
        <Icon name={isShown ? 'eyeOff' : 'eye'} />
      </button>
    </span>
  );
}
