import { type Ref, useState } from 'react';
import controls from '../style/controls.module.css';
import { Icon } from './icons.tsx';
import styles from './notices.module.css';
import { useNoticeTexts } from './texts.ts';

interface SecretFieldProps {
  readonly id: string;
  readonly ref: Ref<HTMLInputElement>;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Id of the element with the error text; undefined when there is none. */
  readonly describedBy: string | undefined;
}

/** A password field with a button that shows its text. Browsers and password managers are told not to store it. */
export function SecretField({ id, ref, value, onChange, describedBy }: SecretFieldProps) {
  const t = useNoticeTexts();
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
        aria-label={t('show')}
        title={t('show')}
        onClick={() => setShown(!isShown)}
      >
        <Icon name={isShown ? 'eyeOff' : 'eye'} />
      </button>
    </span>
  );
}
