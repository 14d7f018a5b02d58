/** A row of a list: which object stands there, and how to go on from it. */
export interface Row {
  /** Global id of the object. */
  readonly id: string;
  readonly cursor: string;
}

/** Rows that follow each other without a gap, as far as the API knows. */
export interface Segment {
  /** Index of the first row among all that are shown, from 0. */
  readonly base: number;
  readonly rows: readonly Row[];
  /** Nothing is above the first row, but for rows that are newer than the list. */
  readonly atStart: boolean;
  /** Nothing is below the last row. */
  readonly atEnd: boolean;
}

/** A page as the API gives it. */
export interface Page {
  readonly rows: readonly Row[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  readonly total: number;
}

/** Index after the last row. */
export const endOf = ({ base, rows }: Segment): number => base + rows.length;

/** Where a segment's rows stand in it, by id. */
export const placesOf = (rows: readonly Row[]): Map<string, number> =>
  new Map(rows.map(({ id }, place) => [id, place]));

/** The rows of `page` that `segment` has not got. No object is in a list twice, whatever a page says. */
export function unknownTo(segment: Segment, rows: readonly Row[]): readonly Row[] {
  const known = placesOf(segment.rows);
  const fresh = new Map(rows.filter(({ id }) => !known.has(id)).map((row) => [row.id, row]));
  return [...fresh.values()];
}
