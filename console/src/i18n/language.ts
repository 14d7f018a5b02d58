import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { LANGUAGES, type Language } from './languages.ts';

const STORAGE_KEY = 'console-language';

const isLanguage = (text: string | null): text is Language =>
  text !== null && (LANGUAGES as readonly string[]).includes(text);

/** Initial language: from the address, the last choice in this browser, or the browser's settings. */
export function firstLanguage(): Language {
  const requested = new URLSearchParams(location.search).get('lang');
  if (isLanguage(requested)) return requested;
  const stored = localStorage.getItem(STORAGE_KEY);
  if (isLanguage(stored)) return stored;
  return navigator.languages.some((name) => name.startsWith('zh')) &&
    !navigator.languages[0]?.startsWith('en')
    ? 'zh'
    : 'en';
}

/** Changes the language of all texts and the `lang` attribute of the page. */
export function applyLanguage(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  void i18next.changeLanguage(language);
}

/** Changes the language and remembers it in this browser. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(STORAGE_KEY, language);
  applyLanguage(language);
}

/** BCP 47 tag of the current language, for `Intl`. */
export const languageOfNow = (): string => document.documentElement.lang;

// Initialized before any namespace registers its texts.
void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: false,
  resources: {},
  initAsync: false,
  // React escapes.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});
