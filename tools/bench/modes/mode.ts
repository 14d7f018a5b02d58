import type { Bench } from '../bench.ts';
import type { ModeName } from '../options.ts';
import type { Peer } from '../peers/peer.ts';

/** Figures of one measurement by name. */
export type Figures = Readonly<Record<string, number>>;

/** A column of a mode's table. */
export interface Column {
  /** Which figure. */
  readonly figure: string;
  readonly title: string;
  /** Digits after the point. */
  readonly digits: number;
  /** Whether the rounds' least and greatest are shown as well. */
  readonly spread?: boolean;
}

/** A way to measure. */
export interface Mode {
  readonly name: ModeName;
  /** What is done, in a line. */
  readonly title: string;
  readonly columns: readonly Column[];
  /**
   * Measures one peer once; by label, which is the peer's name unless it is measured in several variants. Empty for a
   * peer to which the mode does not apply.
   *
   * @throws Error when the peer answers wrongly
   */
  measure(bench: Bench, peer: Peer): Promise<Readonly<Record<string, Figures>>>;
}
