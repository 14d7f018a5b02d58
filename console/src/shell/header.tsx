import { TYPES, VIEWS } from '../address/address.ts';
import { signOut, useCredential } from '../client/credentials.ts';
import type { Language } from '../i18n/languages.ts';
import { Icon } from '../notices/icons.tsx';
import controls from '../style/controls.module.css';
import { SegmentedControl } from '../style/segmented-control.tsx';
import styles from './shell.module.css';
import { useShellTexts } from './texts.ts';
import { chooseTheme, useTheme } from './theme.ts';

type Type = (typeof TYPES)[number];
type View = (typeof VIEWS)[number];

interface HeaderProps {
  readonly type: Type;
  readonly onType: (type: Type) => void;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
}

/** Header of the page: edition, view, language, theme and sign-out. */
export function Header({ type, onType, view, onView, language, onLanguage }: HeaderProps) {
  const t = useShellTexts();
  const theme = useTheme();
  const credential = useCredential();
  const otherTheme = theme === 'dark' ? 'light' : 'dark';
  const otherLanguage = language === 'en' ? 'zh' : 'en';
  const themeWords = t(otherTheme === 'dark' ? 'toDark' : 'toLight');
  return (
    <header className={styles.header}>
      <h1 className={styles.title}>
        <StepState />
        {t('title')}
      </h1>
      <div className={styles.choices}>
        <SegmentedControl label={t('edition')} values={TYPES} chosen={type} t={t} onChoose={onType} />
        <SegmentedControl label={t('view')} values={VIEWS} chosen={view} t={t} onChoose={onView} />
      </div>
      <div className={styles.settings}>
        <button
          type="button"
          className={controls.quiet}
          lang={otherLanguage === 'zh' ? 'zh-CN' : 'en'}
          onClick={() => onLanguage(otherLanguage)}
        >
          {t('otherLanguage')}
        </button>
        <button
          type="button"
          className={controls.icon}
          aria-label={themeWords}
          title={themeWords}
          onClick={() => chooseTheme(otherTheme)}
        >
          <Icon name={otherTheme === 'dark' ? 'moon' : 'sun'} />
        </button>
        {credential !== undefined && (
          <button
            type="button"
            className={controls.icon}
            aria-label={t('signOut')}
            title={t('signOut')}
            onClick={() => {
              signOut();
              location.reload();
            }}
          >
            <Icon name="signOut" />
          </button>
        )}
      </div>
    </header>
  );
}

/** Logo: a sound wave. */
function StepState() {
  return (
    <svg className={styles.mark} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 13v6m5.300-10v14m5.400-11v8m5.300-6v4" />
    </svg>
  );
}
