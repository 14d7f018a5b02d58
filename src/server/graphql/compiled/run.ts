import type { GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Fragments } from '../../../limits/flatten-selections.ts';

/** Path of a value in the response, as graphql-js passes it to resolvers. */
export type Path = GraphQLResolveInfo['path'];

/** State that all runs of one query share. */
export interface Prepared {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
}

/**
 * Why a compiled run bails out:
 * - `variables`: missing or invalid variables;
 * - `error`: a resolver threw, or a scalar could not serialize its value;
 * - `null`: a null for a non-null type;
 * - `value`: any other value that does not fit its type.
 */
export const BAILOUT_REASONS = ['variables', 'error', 'null', 'value'] as const;
export type BailoutReason = (typeof BAILOUT_REASONS)[number];

/** Ends a compiled run; graphql-js then re-executes the query to produce the errors of the specification. */
export class Bailout extends Error {
  override readonly name = 'Bailout';
  readonly reason: BailoutReason;

  constructor(reason: BailoutReason) {
    super(reason);
    this.reason = reason;
  }
}

/** One run of a compiled query. Counts the promises that it waits for. */
export class Run {
  readonly prepared: Prepared;
  readonly context: unknown;
  variables: Record<string, unknown> = {};
  readonly #ended: (bailout: BailoutReason | undefined) => void;
  #waiting = 0;
  /** After a bailout no resolver is called any more: its reads would add to those of graphql-js. */
  #isOver = false;

  /**
   * @param ended called once: with undefined when no promise is pending any more, or with a reason as soon as anything fails
   */
  constructor(prepared: Prepared, context: unknown, ended: (bailout: BailoutReason | undefined) => void) {
    this.prepared = prepared;
    this.context = context;
    this.#ended = ended;
  }

  /** Runs one step of the work, which may add pending promises. */
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

  later(value: PromiseLike<unknown>, next: (value: unknown) => void): void {
    this.#waiting++;
    value.then(
      (resolved) => {
        this.#waiting--;
        this.do(() => next(resolved));
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

/** Detects promises as graphql-js does. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
