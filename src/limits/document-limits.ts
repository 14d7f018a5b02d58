import { type DocumentNode, type GraphQLError, Kind } from 'graphql';
import { ExtentMeter } from './extent.ts';
import { fragmentsOf } from './fragments.ts';
import { partsOf } from './parts.ts';
import { tooComplex } from './refusal.ts';

/** Other names for fields. As many as `nodes` takes ids, for whoever asks for each job under a name of its own. */
export const MAX_ALIASES = 100;

/** Fields that start an operation. Each may be a call; what comes in dozens belongs into `nodes` or a page. */
export const MAX_ROOT_FIELDS = 50;

/**
 * Fields that a selection has twice. They are compared pair by pair, with all that is under them. Nobody writes them by
 * hand, and fragments that ask for the same are not counted.
 */
export const MAX_REPEATED_FIELDS = 20;

/** Uses of fragments. They are compared pair by pair too; a client with a fragment for each component has a dozen. */
export const MAX_FRAGMENT_SPREADS = 50;

/** Conditions of a document: one for every second field of a page. */
export const MAX_DIRECTIVES = 50;

/** The specification has two for a query, `@skip` and `@include`, neither of which may be repeated. */
export const MAX_DIRECTIVES_AT_ONE_PLACE = 4;

/**
 * Fields of an operation with its fragments written out, introspection included. Fragments that use fragments can double
 * them at each level. Introspection as GraphiQL asks for it has 230.
 */
export const MAX_WRITTEN_OUT_FIELDS = 1000;

/**
 * What is wrong with the size of a document, by its text alone; undefined where nothing is. Costs no more than to read it
 * once, so that it can stand before validation, which is quadratic in some of what is counted here.
 *
 * @param maxDepth how deep the fields of an operation may lie in each other
 */
export function shapeError(document: DocumentNode, maxDepth: number): GraphQLError | undefined {
  const parts = partsOf(document);
  const found =
    over('aliases', parts.aliases, MAX_ALIASES) ??
    over('fragment spreads', parts.fragmentSpreads, MAX_FRAGMENT_SPREADS) ??
    over('directives at one place', parts.directivesAtOnePlace, MAX_DIRECTIVES_AT_ONE_PLACE) ??
    over('directives', parts.directives, MAX_DIRECTIVES) ??
    over('repeated fields', parts.repeatedFields, MAX_REPEATED_FIELDS);
  if (found !== undefined) return found;

  const meter = new ExtentMeter(fragmentsOf(document));
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, rootFields } = meter.of(definition);
    const wrong =
      depthError(depth, maxDepth) ??
      over('fields with its fragments written out', fields, MAX_WRITTEN_OUT_FIELDS) ??
      over('root fields', rootFields, MAX_ROOT_FIELDS);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** @param what in words, in the plural */
function over(what: string, count: number, limit: number): GraphQLError | undefined {
  if (count <= limit) return undefined;
  // Fragments that double are soon too many for a number that means something.
  const found = count < 1_000_000 ? count : 'millions of';
  return tooComplex(`The document has ${found} ${what}; allowed are ${limit}.`, { limit });
}

function depthError(depth: number, limit: number): GraphQLError | undefined {
  if (depth <= limit) return undefined;
  return tooComplex(`The operation is ${depth} levels deep; allowed are ${limit} (LIMIT_DEPTH).`, {
    depth,
    limit,
  });
}
