/** A row of a list: the id of its object, and its cursor. */
export interface Row {
  /** Global id of the object. */
  readonly id: string;
  readonly cursor: string;
}

/** Loaded rows without a gap between them. */
export interface Segment {
  /** Index of the first row among all shown rows, from 0. */
  readonly base: number;
  readonly rows: readonly Row[];
  /** Whether no row is above the first one, except newer rows. */
  readonly atStart: boolean;
  /** Whether no row is below the last one. */
  readonly atEnd: boolean;
}

/** A page of the API. */
export interface Page {
  readonly rows: readonly Row[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  readonly total: number;
}

/** Index after the last row. */
export const endOf = ({ base, rows }: Segment): number => base + rows.length;

/** Positions of rows, by id. */
export const positionsOf = (rows: readonly Row[]): Map<string, number> =>
  new Map(rows.map(({ id }, place) => [id, place]));

/** The rows that the segment does not contain, each once. */
export function rowsNotIn(segment: Segment, rows: readonly Row[]): readonly Row[] {
  const known = positionsOf(segment.rows);
  const added = new Map(rows.filter(({ id }) => !known.has(id)).map((row) => [row.id, row]));
  return [...added.values()];
}
