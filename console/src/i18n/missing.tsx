import controls from '../style/controls.module.css';
import { useValueTexts } from './value-texts.ts';

/** A dash in place of a value that the API leaves out; screen readers read "No value". */
export function Missing() {
  const t = useValueTexts();
  return (
    <>
      <span className={controls.missing} aria-hidden="true">
        —
      </span>
      <span className={controls.unseen}>{t('missing')}</span>
    </>
  );
}
