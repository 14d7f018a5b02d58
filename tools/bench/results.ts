import type { Figures } from './modes/mode.ts';
import type { ModeName } from './options.ts';
import { type Summary, summarise } from './statistics.ts';

/** What one round found of one mode; by label. */
export type Round = Map<string, Figures>;

/** The figures of all rounds. */
export class Results {
  readonly #rounds = new Map<ModeName, Round[]>();

  /** Takes in what a round found; responses a second are set in relation to those of `node` in the same round. */
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

  /** Everything measured in a mode, in the order of measuring. */
  labels(mode: ModeName): string[] {
    return [...new Set(this.#rounds.get(mode)?.flatMap((round) => [...round.keys()]))];
  }

  /** A figure over all rounds; undefined when it was not measured. */
  summary(mode: ModeName, label: string, figure: string): Summary | undefined {
    return this.#summary(mode, (round) => round.get(label)?.[figure]);
  }

  /** How many times the figure of `other` that of `label` is, round by round; undefined when one was not measured. */
  ratio(mode: ModeName, figure: string, label: string, other: string): Summary | undefined {
    return this.#compare(mode, figure, label, other, (of, to) => of / to);
  }

  /** By how much the figure of `label` exceeds that of `other`, round by round; undefined when one was not measured. */
  difference(mode: ModeName, figure: string, label: string, other: string): Summary | undefined {
    return this.#compare(mode, figure, label, other, (of, to) => of - to);
  }

  /** Every figure of every round. */
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
