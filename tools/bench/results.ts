import type { Figures } from './modes/mode.ts';
import type { ModeName } from './options.ts';
import { type Summary, summarise } from './statistics.ts';

/** Figures of one mode in one round, by label. */
export type Round = Map<string, Figures>;

/** The figures of all rounds. */
export class Results {
  readonly #rounds = new Map<ModeName, Round[]>();

  /** Adds a round. Responses per second are related to those of `node` in the same round. */
  add(mode: ModeName, round: Round): void {
    const reference = round.get('node')?.responsesPerSecond;
    const related = new Map<string, Figures>();
    for (const [label, figures] of round) {
      const { responsesPerSecond } = figures;
      const ratio =
        reference === undefined || responsesPerSecond === undefined
          ? {}
          : { ratio: responsesPerSecond / reference };
      related.set(label, { ...figures, ...ratio });
    }
    this.#rounds.set(mode, [...(this.#rounds.get(mode) ?? []), related]);
  }

  /** Labels of a mode, in the order of measuring. */
  labels(mode: ModeName): string[] {
    return [...new Set(this.#rounds.get(mode)?.flatMap((round) => [...round.keys()]))];
  }

  /** A figure over all rounds; undefined if it was not measured. */
  summary(mode: ModeName, label: string, figure: string): Summary | undefined {
    return this.#summary(mode, (round) => round.get(label)?.[figure]);
  }

  /** Ratio of the figure of `label` to that of `other`, round by round; undefined if one was not measured. */
  ratio(mode: ModeName, figure: string, label: string, other: string): Summary | undefined {
    return this.#compare(mode, figure, label, other, (of, to) => of / to);
  }

  /** Difference of the figures of `label` and `other`, round by round; undefined if one was not measured. */
  difference(mode: ModeName, figure: string, label: string, other: string): Summary | undefined {
    return this.#compare(mode, figure, label, other, (of, to) => of - to);
  }

  /** All figures of all rounds. */
  toJSON(): Record<string, Record<string, Figures>[]> {
    const all = [...this.#rounds].map(([mode, rounds]) => [
      mode,
      rounds.map((round) => Object.fromEntries(round)),
    ]);
    return Object.fromEntries(all);
  }

  #compare(
    mode: ModeName,
    figure: string,
    label: string,
    other: string,
    compare: (of: number, to: number) => number,
  ): Summary | undefined {
    return this.#summary(mode, (round) => {
      const [of, to] = [round.get(label)?.[figure], round.get(other)?.[figure]];
      return of === undefined || to === undefined ? undefined : compare(of, to);
    });
  }

  #summary(mode: ModeName, read: (round: Round) => number | undefined): Summary | undefined {
    const values = (this.#rounds.get(mode) ?? []).map(read).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : summarise(values);
  }
}
