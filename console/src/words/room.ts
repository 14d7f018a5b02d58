import './language.ts';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { LANGUAGES } from './languages.ts';

type Texts = Readonly<Record<string, string>>;

/** What another language has to say of a room: each text of the English one. Chinese has no singular of its own. */
export type Translated<English extends Texts> = {
  readonly [Key in keyof English as Key extends `${string}_one` ? never : Key]: string;
};

/** The names by which a text is asked for: `jobs_one` and `jobs_other` are `jobs` with a `count`. */
export type Name<English extends Texts> = keyof English extends infer Key
  ? Key extends `${infer Stem}_${'one' | 'other'}`
    ? Stem
    : Key & string
  : never;

/** Says a text of one room in the language of now; `{{name}}` in it is filled from `values`. */
export type Say<English extends Texts> = (
  name: Name<English>,
  values?: Readonly<Record<string, string | number>>,
) => string;

/**
 * Makes the texts of a room known and gives the hook that says them. Called once by the room's `words.ts`, so that a room
 * that is loaded late brings its own texts along.
 */
export function createRoom<const English extends Texts>(
  room: string,
  texts: { readonly en: English; readonly zh: Translated<English> },
): () => Say<English> {
  for (const language of LANGUAGES) i18next.addResourceBundle(language, room, texts[language]);
  return () => {
    const { t } = useTranslation(room);
    return t as unknown as Say<English>;
  };
}
