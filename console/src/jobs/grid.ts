import { COLUMNS } from './columns.ts';

/**
 * What the parts of the table are to assistive technology. They are no elements of a table: those lose their meaning when
 * they are laid out otherwise, and most rows are not on the page. Rows are focused, not cells: a row is read as one.
 */
export const ROWS = { role: 'rowgroup' };

export const HEAD_ROW = { role: 'row', 'aria-rowindex': 1 };

export const HEADS = COLUMNS.map((column, index) => ({
  column,
  attributes: { role: 'columnheader', 'aria-colindex': index + 1 },
}));

/** By column. */
export const CELLS = Object.fromEntries(
  COLUMNS.map((column, index) => [
    column,
    { role: index === 0 ? 'rowheader' : 'gridcell', 'aria-colindex': index + 1 },
  ]),
) as Record<(typeof COLUMNS)[number], { readonly role: string; readonly 'aria-colindex': number }>;

/** @param index from 0; to assistive technology the head is the first row */
export const rowAttributes = (index: number, isCurrent: boolean) => ({
  role: 'row',
  'aria-rowindex': index + 2,
  'data-index': index,
  tabIndex: isCurrent ? 0 : -1,
});
