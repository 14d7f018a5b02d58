import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { LANGUAGES, type Language } from './languages.ts';

const KEPT_AS = 'console-language';

const isLanguage = (text: string | null): text is Language =>
  text !== null && (LANGUAGES as readonly string[]).includes(text);

/** The language to begin with: what the address says, what was chosen before, what the browser asks for. */
export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang');
  if (isLanguage(asked)) return asked;
  const kept = localStorage.getItem(KEPT_AS);
  if (isLanguage(kept)) return kept;
  return navigator.languages.some((name) => name.startsWith('zh')) &&
    !navigator.languages[0]?.startsWith('en')
    ? 'zh'
    : 'en';
}

/** Changes every text on the page, and what the page says about its language to those who read it aloud. */
export function speak(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  void i18next.changeLanguage(language);
}

/** Speaks another language from now on, in this browser. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEPT_AS, language);
  speak(language);
}

/** The language of now, for the formats of Intl. */
export const languageOfNow = (): string => document.documentElement.lang;

// Before any room makes its texts known, which needs a store for them.
void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: false,
  resources: {},
  initAsync: false,
  // React escapes.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});
