import {
  type GraphQLSchema,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { UpstreamReads } from '../schema/builder.ts';
import { CallPlan, type ReadsForEach } from './call-plan.ts';
import { type Fragments, flattenSelections, isIntrospection, selectionSetsOf } from './flatten-selections.ts';
import {
  type CostField,
  type CostFields,
  type RootReads,
  type UpstreamCost,
  upstreamCost,
  type Variables,
} from './upstream-cost.ts';

/** Upper bounds of the cost of one run of an operation, known before it runs. */
export interface Cost {
  /**
   * One point per field and row, one more per {@link NAME_BYTES_A_POINT} bytes of response keys on the path to the field, and
   * {@link POINTS_A_CALL} per upstream call ({@link POINTS_A_CALL_BELOW} for the look-up of a row that another row
   * references).
   */
  readonly complexity: number;
  /** Levels of nested fields, without introspection. */
  readonly depth: number;
  /** Maximum number of upstream calls with an empty cache, without retries; docs/limits.md says what the upstream can add. */
  readonly plannedUpstreamCalls: number;
}

/** Request header that enables `extensions.cost`. */
export const COST_HEADER = 'x-cost';

export function asksForCost(value: unknown): boolean {
  return value === '1';
}

/** The `extensions` of a response to a client that requested the cost. */
export type CostExtensions = {
  readonly cost: Cost & {
    /** Upstream calls made for this response, without those already in flight for other requests. */
    readonly upstreamCalls: number;
  };
};

export function costExtensions(cost: Cost, upstreamCalls: number): CostExtensions {
  return { cost: { ...cost, upstreamCalls } };
}

/** A call is a signed request over the network that counts against an account-wide quota; a field is a copied property. */
const POINTS_A_CALL = 10;

/**
 * Points of a call for a row that another row references. The plan has one such call per row, but rows are read together from
 * pages of their lists where that takes fewer calls: a page of 100 rows needs a hundred calls only if the lists have 10,000.
 */
const POINTS_A_CALL_BELOW = 1;

/**
 * Bytes of response keys that cost one more point: those of the field and of all fields above it. The response repeats the
 * field's own key with each row, and an error at the field repeats all of them. No path of the schema's own names is that
 * long, so that only long aliases cost more.
 */
export const NAME_BYTES_A_POINT = 128;

/** Maximum number of repetitions of one introspection field in a response, for the cost of its key. */
const MAX_INTROSPECTED = 1000;

/**
 * Points of each root field beyond the first that returns the schema. Tools need one; aliases could multiply a long response.
 */
const POINTS_A_SCHEMA = 100;

/** Fields of a connection whose selections are repeated per row. */
const ROWS_UNDER: ReadonlySet<string> = new Set(['edges', 'nodes']);

/** A root field that reads from the upstream. */
interface RootField {
  readonly read: UpstreamCost;
  readonly pointsOfRow: number;
  /** Reads for each of its rows. */
  readonly below: readonly ReadsForEach[];
}

/**
 * The cost of a valid operation. Parts that do not depend on variables are computed once; a run takes about a microsecond.
 */
export class OperationCost {
  readonly #depth: number;
  /** Points that do not depend on variables. */
  readonly #points: number;
  readonly #reads: readonly RootField[];
  /** Set when no variable can change the cost. */
  readonly #constant: Cost | undefined;

  /** @param searchCalls maximum number of upstream calls of one search */
  constructor(
    operation: OperationDefinitionNode,
    fragments: Fragments,
    schema: GraphQLSchema,
    searchCalls: number,
  ) {
    const rootFields = schema.getRootType(operation.operation)?.getFields();
    const fields = costFieldsOf([operation.selectionSet], fragments);
    this.#depth = depthOf(fields);
    let points = 0;
    const readsBelow = readsBelowRoot(schema);
    const reads: RootField[] = [];
    let schemas = 0;
    for (const [key, field] of fields) {
      const name = field.node.name.value;
      if (returnsSchema(name) && schemas++ > 0) points += POINTS_A_SCHEMA;
      if (isIntrospection(name)) {
        points += MAX_INTROSPECTED * pointsOfNames(key, field);
        continue;
      }
      const reading = rootFields?.[name]?.extensions.upstreamReads as RootReads | undefined;
      const pointsOfRow = reading === undefined ? 0 : pointsOfRowOf(key.length, field, reading);
      points += pointsOf(key.length) + pointsOfAll(field.fields, key.length) - pointsOfRow;
      if (reading === undefined) continue;
      const names = namesIn(field.fields);
      const below = [...readsBelow].flatMap(([name, one]) => (names.has(name) ? [one] : []));
      reads.push({ read: upstreamCost(reading, field, operation, searchCalls), pointsOfRow, below });
    }
    this.#points = points;
    this.#reads = reads;
    if (!operation.variableDefinitions?.length) this.#constant = this.#evaluate(undefined);
  }

  /** @param variables not validated; an invalid page size counts as the largest page and causes its own error */
  of(variables: Variables): Cost {
    return this.#constant ?? this.#evaluate(variables);
  }

  #evaluate(variables: Variables): Cost {
    const plan = new CallPlan();
    let points = this.#points;
    for (const { read, pointsOfRow, below } of this.#reads) {
      const rows = read.plan(variables, plan);
      points += pointsOfRow * rows.count;
      for (const one of below) plan.addIdForEach(rows, one);
    }
    const { calls, callsBelow } = plan;
    return {
      complexity: points + POINTS_A_CALL * (calls - callsBelow) + POINTS_A_CALL_BELOW * callsBelow,
      depth: this.#depth,
      plannedUpstreamCalls: calls,
    };
  }
}

/** Selections as a tree: fragments of all types are flattened, `@skip` and `@include` are ignored. */
function costFieldsOf(selectionSets: readonly SelectionSetNode[], fragments: Fragments): CostFields {
  const groups = [...flattenSelections(selectionSets, fragments)];
  return new Map(
    groups.map(([key, nodes]) => [
      key,
      { node: nodes[0], fields: costFieldsOf(selectionSetsOf(nodes), fragments) },
    ]),
  );
}

function depthOf(all: CostFields): number {
  let depth = 0;
  for (const { node, fields } of all.values())
    if (!isIntrospection(node.name.value)) depth = Math.max(depth, 1 + depthOf(fields));
  return depth;
}

/** Reads of fields below the root for each object, by field name. */
function readsBelowRoot(schema: GraphQLSchema): ReadonlyMap<string, ReadsForEach> {
  const known = readsOfSchemas.get(schema);
  if (known !== undefined) return known;
  const found = new Map<string, ReadsForEach>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const { name, extensions } of Object.values(type.getFields())) {
      const reads = extensions.upstreamReads as UpstreamReads | undefined;
      if (reads?.kind === 'row for each') found.set(name, reads);
    }
  }
  readsOfSchemas.set(schema, found);
  return found;
}

const readsOfSchemas = new WeakMap<GraphQLSchema, ReadonlyMap<string, ReadsForEach>>();

/** Names of some fields and of all fields below them. */
function namesIn(all: CostFields): Set<string> {
  const names = new Set<string>();
  for (const { node, fields } of all.values()) {
    names.add(node.name.value);
    for (const name of namesIn(fields)) names.add(name);
  }
  return names;
}

/** Whether a root field returns the schema; `__typename` does not. */
function returnsSchema(name: string): boolean {
  return isIntrospection(name) || name === '_service';
}

/** Points per row. @param above bytes of the root field's response key */
function pointsOfRowOf(above: number, { fields }: CostField, { kind }: RootReads): number {
  if (kind !== 'list' && kind !== 'search') return pointsOfAll(fields, above);
  let points = 0;
  for (const [key, { node, fields: inner }] of fields)
    if (ROWS_UNDER.has(node.name.value)) points += pointsOfAll(inner, above + key.length);
  return points;
}

/**
 * @param above bytes of the response keys above these fields
 * @param each points of a field with a short key
 */
function pointsOfAll(fields: CostFields, above: number, each = 1): number {
  let points = 0;
  for (const [key, field] of fields) {
    // Names are ASCII.
    const path = above + key.length;
    points += pointsOf(path, each) + pointsOfAll(field.fields, path, each);
  }
  return points;
}

/** Points of one field. @param path bytes of its response key and of those above it */
function pointsOf(path: number, each = 1): number {
  return each + Math.floor(path / NAME_BYTES_A_POINT);
}

/** Points for long response keys alone; 0 where there are none. */
function pointsOfNames(key: string, { fields }: CostField): number {
  return pointsOf(key.length, 0) + pointsOfAll(fields, key.length, 0);
}
