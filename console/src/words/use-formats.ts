import { useTranslation } from 'react-i18next';
import { type Formats, formatsOf } from './formats.ts';
import { languageOfNow } from './language.ts';

/** The formats of the language of now; who uses them is drawn anew when it changes. */
export function useFormats(): Formats {
  useTranslation();
  return formatsOf(languageOfNow());
}
