import type { ReactNode } from 'react';
import type { COLUMNS } from '../columns.ts';
import { CELLS } from '../grid.ts';

interface CellProps {
  readonly column: (typeof COLUMNS)[number];
  readonly children: ReactNode;
}

/** A cell in its column. */
export function Cell({ column, children }: CellProps) {
  return (
    <div {...CELLS[column]} data-column={column}>
      {children}
    </div>
  );
}
