/** The attributes that make cells of one table a grid to assistive technology. */
export interface Grid<Column extends string = string> {
  /** Its columns, in order. */
  readonly columns: readonly Column[];
  readonly heads: readonly {
    readonly column: Column;
    readonly attributes: { readonly role: string; readonly 'aria-colindex': number };
  }[];
  readonly cells: Readonly<Record<Column, { readonly role: string; readonly 'aria-colindex': number }>>;
}

/**
 * Roles and places for the parts of a table. They are no elements of a table: those lose their meaning when they are laid out
 * otherwise, and most rows are not on the page. Rows are focused, not cells: a row is read as one. The first column heads its row.
 */
export function gridOf<const Column extends string>(columns: readonly Column[]): Grid<Column> {
  return {
    columns,
    heads: columns.map((column, index) => ({
      column,
      attributes: { role: 'columnheader', 'aria-colindex': index + 1 },
    })),
    cells: Object.fromEntries(
      columns.map((column, index) => [
        column,
        { role: index === 0 ? 'rowheader' : 'gridcell', 'aria-colindex': index + 1 },
      ]),
    ) as Grid<Column>['cells'],
  };
}

export const ROWS = { role: 'rowgroup' };

export const HEAD_ROW = { role: 'row', 'aria-rowindex': 1 };

/** @param index from 0; to assistive technology the head is the first row */
export const rowAttributes = (index: number, isCurrent: boolean) => ({
  role: 'row',
  'aria-rowindex': index + 2,
  'data-index': index,
  tabIndex: isCurrent ? 0 : -1,
});
