import type {
  FragmentDefinitionNode,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';

/** Where in the answer something stands, as graphql-js hands it to resolvers. */
export type Path = GraphQLResolveInfo['path'];

/** What all runs of one query have in common. */
export interface Prepared {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

/** Something is not as plain as it looked: graphql-js knows what to do then. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** One run of a compiled query: knows what is still waited for. */
export class Run {
  readonly prepared: Prepared;
  readonly context: unknown;
  /** As far as they are known. */
  variables: Record<string, unknown> = {};
  readonly #ended: (isWhole: boolean) => void;
  #waiting = 0;

  /** @param ended told true when nothing is waited for any more, or false as soon as anything fails; nothing after that matters */
  constructor(prepared: Prepared, context: unknown, ended: (isWhole: boolean) => void) {
    this.prepared = prepared;
    this.context = context;
    this.#ended = ended;
  }

  /** Does a part of the work, which may leave more to wait for. */
  do(work: () => void): void {
    this.#waiting++;
    try {
      work();
    } catch {
      this.#ended(false);
      return;
    }
    this.#waiting--;
    if (this.#waiting === 0) this.#ended(true);
  }

  /** Goes on when a value is there. */
  later(value: PromiseLike<unknown>, goOn: (value: unknown) => void): void {
    this.#waiting++;
    value.then(
      (there) => {
        this.#waiting--;
        this.do(() => goOn(there));
      },
      () => this.#ended(false),
    );
  }
}

/** As graphql-js tells promises from other values. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
