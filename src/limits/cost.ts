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

/** What a run of an operation may cost, known before it runs. */
export interface Cost {
  /**
   * A point for each field of each row, one more for each {@link NAME_BYTES_A_POINT} bytes of response keys on the way to
   * it, and {@link POINTS_A_CALL} for each upstream call ({@link POINTS_A_CALL_BELOW} for a row that another leads to).
   */
  readonly complexity: number;
  /** Nesting of fields, without introspection. */
  readonly depth: number;
  /** Upstream calls at most when no page is cached, retries aside; see docs/limits.md for what the upstream can add. */
  readonly plannedUpstreamCalls: number;
}

/** Name of the request header that asks for `extensions.cost`. */
export const COST_HEADER = 'x-cost';

export function asksForCost(value: unknown): boolean {
  return value === '1';
}

/** The `extensions` of a response to a client that asked for the cost. */
export type CostExtensions = {
  readonly cost: Cost & {
    /** Upstream calls made for this response, without those that other requests had under way already. */
    readonly upstreamCalls: number;
  };
};

export function costExtensions(cost: Cost, upstreamCalls: number): CostExtensions {
  return { cost: { ...cost, upstreamCalls } };
}

/** A call is a signed request over the network out of an account-wide quota; a field is a property that is copied. */
const POINTS_A_CALL = 10;

/**
 * Points of a call for a row that another row leads to. One is planned for each, but they are read together, from the pages of
 * their lists wherever those are fewer: a page of 100 rows takes a hundred such calls only where its lists have 10,000.
 */
const POINTS_A_CALL_BELOW = 1;

/**
 * Bytes of response keys for which a field costs one more point, its own and those above it together: the response repeats
 * the first with each row, and an error at the field repeats all of them. No path of the schemas' own names has as many, so
 * that only long aliases cost more.
 */
export const NAME_BYTES_A_POINT = 128;

/** How often the schemas repeat one field of introspection at most, for the cost of its name. */
const MAX_INTROSPECTED = 1000;

/** Points of each further root field that returns the schema: tools need one, and aliases make responses long. */
const POINTS_A_SCHEMA = 100;

/** Fields of a connection under which there are rows. */
const ROWS_UNDER: ReadonlySet<string> = new Set(['edges', 'nodes']);

/** A root field that reads. */
interface RootField {
  readonly read: UpstreamCost;
  readonly pointsOfRow: number;
  /** What each of its rows reads. */
  readonly below: readonly ReadsForEach[];
}

/** The cost of a valid operation. What does not depend on variables is added up once; a run costs about a microsecond. */
export class OperationCost {
  readonly #depth: number;
  /** Points of what comes once, whatever the variables are. */
  readonly #points: number;
  readonly #reads: readonly RootField[];
  /** Set where no variable can change it. */
  readonly #constant: Cost | undefined;

  /** @param searchCalls upstream calls that one search may make */
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

  /** @param variables as they came; what does not fit counts as at most a page of rows and is left to its own error */
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

/** Selections as a tree, with fragments of all types and with what `@skip` or `@include` may leave out. */
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

/** What fields below the root read for each object, by the names of the fields. */
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

/** The names of some fields and of all below them. */
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

/** Points of the fields that come with each row. @param above bytes of the root field's response key */
function pointsOfRowOf(above: number, { fields }: CostField, { kind }: RootReads): number {
  if (kind !== 'list' && kind !== 'search') return pointsOfAll(fields, above);
  let points = 0;
  for (const [key, { node, fields: inner }] of fields)
    if (ROWS_UNDER.has(node.name.value)) points += pointsOfAll(inner, above + key.length);
  return points;
}

/** @param above bytes of the response keys on the way to these fields @param each points of a field with a short key */
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

/** What long keys alone cost; 0 where there are none. */
function pointsOfNames(key: string, { fields }: CostField): number {
  return pointsOf(key.length, 0) + pointsOfAll(fields, key.length, 0);
}
