import type { GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Fragments } from '../../../limits/flatten-selections.ts';

/** The path of a value in the response, as graphql-js hands it to resolvers. */
export type Path = GraphQLResolveInfo['path'];

/** What all runs of one query have in common. */
export interface Prepared {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
}

/**
 * Why a compiled run bails out: `variables` that are missing or do not fit, a resolver that threw (`error`), a null where the
 * schema allows none (`null`), a value that does not fit its type (`value`; scalars throw for theirs: `error`).
 */
export const BAILOUT_REASONS = ['variables', 'error', 'null', 'value'] as const;
export type BailoutReason = (typeof BAILOUT_REASONS)[number];

/** Ends a compiled run, for graphql-js to execute the query and produce the errors of the specification. */
export class Bailout extends Error {
  override readonly name = 'Bailout';
  readonly reason: BailoutReason;

  constructor(reason: BailoutReason) {
    super(reason);
    this.reason = reason;
  }
}

/** One run of a compiled query: knows what is still waited for. */
export class Run {
  readonly prepared: Prepared;
  readonly context: unknown;
  variables: Record<string, unknown> = {};
  readonly #ended: (bailout: BailoutReason | undefined) => void;
  #waiting = 0;
  /** After a bailout no resolver is called any more: what it read would be paid for beside what graphql-js reads. */
  #isOver = false;

  /** @param ended called once: with undefined when nothing is waited for any more, with a reason as soon as anything fails */
  constructor(prepared: Prepared, context: unknown, ended: (bailout: BailoutReason | undefined) => void) {
    this.prepared = prepared;
    this.context = context;
    this.#ended = ended;
  }

  /** Does a part of the work, which may leave more to wait for. */
  do(work: () => void): void {
    if (this.#isOver) return;
    this.#waiting++;
    try {
      work();
    } catch (error) {
      this.#bailOut(error instanceof Bailout ? error.reason : 'error');
      return;
    }
    this.#waiting--;
    if (this.#waiting === 0) this.#ended(undefined);
  }

  later(value: PromiseLike<unknown>, goOn: (value: unknown) => void): void {
    this.#waiting++;
    value.then(
      (there) => {
        this.#waiting--;
        this.do(() => goOn(there));
      },
      () => this.#bailOut('error'),
    );
  }

  #bailOut(reason: BailoutReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended(reason);
  }
}

/** As graphql-js tells promises from other values. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
