import { memo, useState } from 'react';
import { Skeleton } from '../notices/skeleton.tsx';
import { Cell } from './cells.tsx';
import { type Grid, rowAttributes } from './grid.ts';
import styles from './table.module.css';
import { useTableTexts } from './texts.ts';

/** Position of a row. */
export interface RowPlace {
  /** Index from 0. */
  readonly index: number;
  readonly top: number;
  /** Whether the Tab key focuses this row. */
  readonly isCurrent: boolean;
}

/** A row by its object's id; the component reads the object from Apollo's cache. */
export interface RowProps extends RowPlace {
  /** Global id of the object. */
  readonly id: string;
}

/** Attributes of the row's element, and whether its buttons are rendered. */
export function useRow({ id, index, top, isCurrent }: RowProps) {
  const [isNear, setNear] = useState(false);
  return {
    canCopy: isCurrent || isNear,
    attributes: {
      ...placed(index, top, isCurrent),
      'data-id': id,
      onPointerEnter: () => setNear(true),
      onPointerLeave: () => setNear(false),
    },
  };
}

/** A row that is not loaded yet. */
export const UnknownRow = memo(function UnknownRow({
  grid,
  index,
  top,
  isCurrent,
}: RowPlace & { readonly grid: Grid }) {
  const t = useTableTexts();
  return (
    <div {...placed(index, top, isCurrent)} aria-busy="true">
      {grid.columns.map((column, place) => (
        <Cell key={column} grid={grid} column={column}>
          {place === 0 && <span className={styles.unseen}>{t('loading')}</span>}
          <Skeleton length={place === 0 ? 'middle' : 'short'} />
        </Cell>
      ))}
    </div>
  );
});

function placed(index: number, top: number, isCurrent: boolean) {
  return {
    ...rowAttributes(index, isCurrent),
    className: styles.row,
    style: { transform: `translateY(${top}px)` },
  };
}
