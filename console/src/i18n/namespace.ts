import './language.ts';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { LANGUAGES } from './languages.ts';

type Texts = Readonly<Record<string, string>>;

/** Texts of another language: one for each English text. Chinese has no singular form. */
export type Translated<English extends Texts> = {
  readonly [Key in keyof English as Key extends `${string}_one` ? never : Key]: string;
};

/** Keys of the texts: `jobs_one` and `jobs_other` are `jobs` with a `count`. */
export type Name<English extends Texts> = keyof English extends infer Key
  ? Key extends `${infer Stem}_${'one' | 'other'}`
    ? Stem
    : Key & string
  : never;

/** Translates a key of one namespace into the current language; `{{name}}` is filled from `values`. */
export type Translate<English extends Texts> = (
  name: Name<English>,
  values?: Readonly<Record<string, string | number>>,
) => string;

/**
 * Registers the texts of an i18next namespace and returns the hook that translates its keys. Called once in each
 * `texts.ts`, so that a part that is loaded on demand brings its own texts.
 */
export function createNamespace<const English extends Texts>(
  room: string,
  texts: { readonly en: English; readonly zh: Translated<English> },
): () => Translate<English> {
  for (const language of LANGUAGES) i18next.addResourceBundle(language, room, texts[language]);
  return () => {
    const { t } = useTranslation(room);
    return t as unknown as Translate<English>;
  };
}
