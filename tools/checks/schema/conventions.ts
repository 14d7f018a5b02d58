import { DEFAULT_DEPRECATION_REASON, type GraphQLSchema } from 'graphql';
import { type Element, type ElementKind, elementsOf } from './elements.ts';

/** A violation of a convention. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly node: Element['node'];
}

const CAMEL_CASE = { pattern: /^[a-z][a-zA-Z0-9]*$/, words: 'camelCase' };
const PASCAL_CASE = { pattern: /^[A-Z][a-zA-Z0-9]*$/, words: 'PascalCase' };
const UPPER_CASE = { pattern: /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/, words: 'UPPER_CASE' };

const SPELLING: Record<ElementKind, typeof CAMEL_CASE> = {
  type: PASCAL_CASE,
  field: CAMEL_CASE,
  argument: CAMEL_CASE,
  'input field': CAMEL_CASE,
  'enum value': UPPER_CASE,
  directive: CAMEL_CASE,
};

/** Violations of the conventions for every element of a schema: naming, descriptions, deprecation reasons. */
export function findBreaches(schema: GraphQLSchema): Problem[] {
  return elementsOf(schema).flatMap((element) =>
    breachesOf(element).map((message) => ({ path: element.path, message, node: element.node })),
  );
}

function breachesOf({ kind, name, description, deprecationReason }: Element): string[] {
  const breaches: string[] = [];
  const { pattern, words } = SPELLING[kind];
  if (!pattern.test(name)) breaches.push(`the name of this ${kind} should be in ${words}`);
  if (!description?.trim()) breaches.push(`this ${kind} needs a description`);
  // graphql-js inserts a default text if the schema gives no reason.
  if (deprecationReason === DEFAULT_DEPRECATION_REASON || deprecationReason?.trim() === '') {
    breaches.push(`this ${kind} is deprecated, and should say why and what to use instead`);
  }
  return breaches;
}
