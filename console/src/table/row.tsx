import { memo, useState } from 'react';
import { Skeleton } from '../notices/skeleton.tsx';
import { Cell } from './cells.tsx';
import { type Grid, rowAttributes } from './grid.ts';
import styles from './table.module.css';
import { useTableWords } from './words.ts';

/** Where a row stands. */
export interface RowPlace {
  /** From 0, for the place on the page. */
  readonly index: number;
  readonly top: number;
  /** Whether the Tab key leads here. */
  readonly isCurrent: boolean;
}

/** A row of which only the object is known; the component reads the object from Apollo's cache. */
export interface RowProps extends RowPlace {
  /** Global id of the object. */
  readonly id: string;
}

/** The attributes of a row's element, and whether its buttons are to be there. */
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

/** A row that is not read yet. */
export const UnknownRow = memo(function UnknownRow({
  grid,
  index,
  top,
  isCurrent,
}: RowPlace & { readonly grid: Grid }) {
  const say = useTableWords();
  return (
    <div {...placed(index, top, isCurrent)} aria-busy="true">
      {grid.columns.map((column, place) => (
        <Cell key={column} grid={grid} column={column}>
          {place === 0 && <span className={styles.unseen}>{say('loading')}</span>}
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
