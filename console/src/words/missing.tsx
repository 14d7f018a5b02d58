import controls from '../style/controls.module.css';
import { useValueWords } from './values.ts';

/** A dash in place of a value that the API leaves out; screen readers read "No value". */
export function Missing() {
  const say = useValueWords();
  return (
    <>
      <span className={controls.missing} aria-hidden="true">
        —
      </span>
      <span className={controls.unseen}>{say('missing')}</span>
    </>
  );
}
