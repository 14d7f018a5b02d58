import { useFormats } from '../i18n/use-formats.ts';
import { numberOf, type RowList } from '../list/list.ts';
import styles from './list-view.module.css';
import { useTableTexts } from './texts.ts';

interface RowNumbersProps {
  readonly list: RowList;
  readonly first: number;
  readonly end: number;
}

/** Which rows are in view, of how many. Row numbers that are not exact are marked as such. */
export function RowNumbers({ list, first, end }: RowNumbersProps) {
  const t = useTableTexts();
  const formats = useFormats();
  if (list.total === undefined || end <= first) return null;
  const { number: from, exact } = numberOf(list, first);
  const values = {
    from: formats.number(from),
    to: formats.number(Math.max(from, from + end - first - 1)),
    total: formats.number(list.total),
  };
  return <p className={styles.position}>{t(exact ? 'position' : 'about', values)}</p>;
}
