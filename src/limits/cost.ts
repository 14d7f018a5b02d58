import type { OperationDefinitionNode } from 'graphql';
import type { Variables } from './argument.ts';
import { CallPlan } from './call-plan.ts';
import { isIntrospection } from './extent.ts';
import type { Fragments } from './fragments.ts';
import { jobRead, jobsRead, listRead, type Read } from './reads.ts';
import { type WrittenField, type WrittenOut, writeOut } from './written-out.ts';

/** What a run of an operation may cost, known before it runs. */
export interface Cost {
  /**
   * A point for each field of each row, one more for each {@link NAME_BYTES_A_POINT} bytes of response names on the way to
   * it, and {@link POINTS_A_CALL} for each upstream call.
   */
  readonly complexity: number;
  /** How deep fields lie in each other. */
  readonly depth: number;
  /** Upstream calls at most when no page is cached, retries aside; see docs/limits.md for what the upstream can add. */
  readonly plannedUpstreamCalls: number;
}

/** A call is a signed request over the network out of an account-wide quota; a field is a property that is copied. */
export const POINTS_A_CALL = 10;

/**
 * Bytes of response names that a field costs one more point for, its own and those above it together: the response repeats
 * the first with each row, and an error at the field repeats all of them. No path of the schemas' own names has as many, so
 * that only long aliases cost more.
 */
export const NAME_BYTES_A_POINT = 128;

/** How often the schemas, when they are asked for, answer one field at most, for the cost of its name. */
const MAX_INTROSPECTED = 1000;

/**
 * Points of each root field that answers the schema itself, but for the first one: tools ask for it once, and under many
 * aliases it makes a response a hundred times as long as its request.
 */
const POINTS_A_SCHEMA = 100;

/** Prepares the read of a root field. */
type MakeRead = (field: WrittenField, operation: OperationDefinitionNode) => Read;

/** The root fields of both schemas that ask the upstream. Every other one costs the fields that it has. */
export const READS: ReadonlyMap<string, MakeRead> = new Map<string, MakeRead>([
  ['customizedVoiceJobs', listRead],
  ['customizedVoiceJob', (field, operation) => jobRead(field, 'jobId', operation)],
  ['node', (field, operation) => jobRead(field, 'id', operation)],
  ['nodes', (field, operation) => jobsRead(field, 'ids', operation)],
  ['customizedVoiceJobStatusChanged', (field, operation) => jobRead(field, 'jobId', operation)],
  ['_entities', (field, operation) => jobsRead(field, 'representations', operation)],
]);

/** Fields of a connection under which there are rows. */
const ROWS_UNDER: ReadonlySet<string> = new Set(['edges', 'nodes']);

/**
 * The cost of one operation: all that does not depend on variables is added up once, so that a run costs about a
 * microsecond. Of a document that is valid and within the limits of its shape.
 */
export class OperationCost {
  readonly #depth: number;
  /** Points of what comes once, whatever the variables are. */
  readonly #points: number;
  readonly #reads: readonly { readonly read: Read; readonly pointsOfRow: number }[];
  /** Set where no variable can change it. */
  readonly #constant: Cost | undefined;

  /** @param depth how deep fields lie in each other */
  constructor(operation: OperationDefinitionNode, fragments: Fragments, depth: number) {
    this.#depth = depth;
    let points = 0;
    const reads: { read: Read; pointsOfRow: number }[] = [];
    let schemas = 0;
    for (const [key, field] of writeOut(operation.selectionSet, fragments)) {
      const name = field.node.name.value;
      if (answersSchema(name) && schemas++ > 0) points += POINTS_A_SCHEMA;
      if (isIntrospection(name)) {
        points += MAX_INTROSPECTED * pointsOfNames(key, field);
        continue;
      }
      const makeRead = READS.get(name);
      const pointsOfRow = makeRead === undefined ? 0 : pointsOfRowOf(key.length, field, makeRead);
      points += pointsOf(key.length) + pointsOfAll(field.fields, key.length) - pointsOfRow;
      if (makeRead !== undefined) reads.push({ read: makeRead(field, operation), pointsOfRow });
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
    for (const { read, pointsOfRow } of this.#reads) points += pointsOfRow * read.rows(variables, plan);
    const { calls } = plan;
    return {
      complexity: points + POINTS_A_CALL * calls,
      depth: this.#depth,
      plannedUpstreamCalls: calls,
    };
  }
}

/** Whether a root field answers the schema; `__typename` does not. */
function answersSchema(name: string): boolean {
  return name === '__schema' || name === '__type' || name === '_service';
}

/** Points of the fields that come with each row. @param above bytes of the root field's response name */
function pointsOfRowOf(above: number, { fields }: WrittenField, makeRead: MakeRead): number {
  if (makeRead !== listRead) return pointsOfAll(fields, above);
  let points = 0;
  for (const [key, { node, fields: inner }] of fields)
    if (ROWS_UNDER.has(node.name.value)) points += pointsOfAll(inner, above + key.length);
  return points;
}

/** @param above bytes of the response names on the way to these fields */
function pointsOfAll(fields: WrittenOut, above: number): number {
  let points = 0;
  for (const [key, field] of fields) {
    // Names are ASCII.
    const path = above + key.length;
    points += pointsOf(path) + pointsOfAll(field.fields, path);
  }
  return points;
}

/** Points of one field. @param path bytes of its response name and of those above it */
function pointsOf(path: number): number {
  return 1 + Math.floor(path / NAME_BYTES_A_POINT);
}

/** What long names alone cost; 0 where there are none. */
function pointsOfNames(key: string, { fields }: WrittenField): number {
  return pointsOf(key.length) + pointsOfAll(fields, key.length) - countOf(fields) - 1;
}

function countOf(fields: WrittenOut): number {
  let count = 0;
  for (const field of fields.values()) count += 1 + countOf(field.fields);
  return count;
}
