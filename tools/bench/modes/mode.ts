import type { Bench } from '../bench.ts';
import type { ModeName } from '../options.ts';
import type { Peer } from '../peers/peer.ts';

/** Figures of one measurement by name. */
export type Figures = Readonly<Record<string, number>>;

/** A column of a mode's table. */
export interface Column {
  /** Name of the figure. */
  readonly figure: string;
  readonly title: string;
  /** Digits after the decimal point. */
  readonly digits: number;
  /** Whether the minimum and maximum over the rounds are shown, too. */
  readonly spread?: boolean;
}

/** A kind of measurement. */
export interface Mode {
  readonly name: ModeName;
  /** Description in one line. */
  readonly title: string;
  readonly columns: readonly Column[];
  /**
   * Measures one peer once. Returns figures by label, which is the peer's name unless it is measured in several variants;
   * empty for a peer to which the mode does not apply.
   *
   * @throws Error for a wrong response of the peer
   */
  measure(bench: Bench, peer: Peer): Promise<Readonly<Record<string, Figures>>>;
}
