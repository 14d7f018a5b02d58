/** ARIA attributes of a grid. */
export interface Grid<Column extends string = string> {
  /** Columns, in order. */
  readonly columns: readonly Column[];
  readonly heads: readonly {
    readonly column: Column;
    readonly attributes: { readonly role: string; readonly 'aria-colindex': number };
  }[];
  readonly cells: Readonly<Record<Column, { readonly role: string; readonly 'aria-colindex': number }>>;
}

/**
 * ARIA roles and positions of the parts of a table. Not `<table>` elements: those lose their semantics with another CSS
 * display, and most rows are not rendered. Rows get the focus, not cells. The first column is the row header.
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

/** @param index from 0; in ARIA the header is the first row */
export const rowAttributes = (index: number, isCurrent: boolean) => ({
  role: 'row',
  'aria-rowindex': index + 2,
  'data-index': index,
  tabIndex: isCurrent ? 0 : -1,
});
