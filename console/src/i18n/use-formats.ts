import { useTranslation } from 'react-i18next';
import { type Formats, formatsOf } from './formats.ts';
import { languageOfNow } from './language.ts';

/** Formats of the current language. Components that use it render again when the language changes. */
export function useFormats(): Formats {
  useTranslation();
  return formatsOf(languageOfNow());
}
