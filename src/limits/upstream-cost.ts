import { type FieldNode, Kind, type OperationDefinitionNode, print, type ValueNode } from 'graphql';
import { mostPages } from '../paging/cover.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { CostedLists, UpstreamReads } from '../schema/builder.ts';
import type { CallPlan, PlannedRows } from './call-plan.ts';

/** A field of an operation with its selections, by response key. */
export interface CostField {
  /** The first node of the field; nodes that repeat it have the same name and arguments. */
  readonly node: FieldNode;
  readonly fields: CostFields;
}

export type CostFields = ReadonlyMap<string, CostField>;

/** Variables of a request, not validated. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** The upstream reads of a root field. */
export type RootReads = Exclude<UpstreamReads, { kind: 'row for each' }>;

/** The upstream reads of a root field, prepared for counting. */
export interface UpstreamCost {
  /** Adds the calls of a run to the plan. */
  plan(variables: Variables, plan: CallPlan): PlannedRows;
}

/**
 * Prepares the cost of a root field from the reads that its schema declares.
 *
 * @param searchCalls maximum number of upstream calls of one search
 */
export function upstreamCost(
  reads: RootReads,
  field: CostField,
  operation: OperationDefinitionNode,
  searchCalls: number,
): UpstreamCost {
  if (reads.kind === 'list') return listCost(reads.lists, field, operation);
  if (reads.kind === 'search') return searchCost(reads, field, operation, searchCalls);
  return idsCost(reads, field, operation);
}

type SearchReads = Extract<UpstreamReads, { kind: 'search' }>;

/** Cost of a page of one list, or of all lists as one. */
function listCost(
  lists: CostedLists,
  { node, fields }: CostField,
  operation: OperationDefinitionNode,
): UpstreamCost {
  const readsRows = [...fields.values()].some(({ node: { name } }) => !NEEDS_NO_PAGE.has(name.value));
  const argument = (name: string) => argumentOf(node, name, operation);
  const [type, first, last] = [argument('type'), argument('first'), argument('last')];
  const [after, before] = [argument('after'), argument('before')];

  return {
    plan(variables, plan) {
      const [fromStart, fromEnd] = [first(variables) ?? undefined, last(variables) ?? undefined];
      const [lower, upper] = [cursorIn(after(variables)), cursorIn(before(variables))];
      const rows = rowsOf(fromStart ?? fromEnd ?? DEFAULT_PAGE_ROWS);
      const isFromEnd = fromStart === undefined && fromEnd !== undefined;
      const types = typesOf(lists, type(variables));
      const isEmpty = !readsRows || rows === 0;
      const key = `${types.join()} ${rows} ${isFromEnd} ${lower} ${upper}`;
      if (isEmpty) for (const one of types) plan.addTotal(one);
      else if (plan.isNew(key)) {
        const pages = pagesOf(lists, rows, isFromEnd, isFromEnd ? upper : lower);
        const isLater = isFromEnd && upper === undefined;
        const hasCursor = lower !== undefined || upper !== undefined;
        for (const one of types) {
          plan.addPages(one, pages, isLater);
          if (hasCursor) plan.addRealignment(one);
          if (isLater) plan.addTotal(one);
        }
      }
      return { count: rows, key };
    },
  };
}

/** Cost of a page of search results: at most `searchCalls`. Equal searches count once. */
function searchCost(
  { lists: { lists }, filter }: SearchReads,
  { node, fields }: CostField,
  operation: OperationDefinitionNode,
  searchCalls: number,
): UpstreamCost {
  const readsRows = [...fields.values()].some(({ node: { name } }) => name.value !== '__typename');
  const argument = (name: string) => argumentOf(node, name, operation);
  const [filterOf, type, first, last] = [
    argument(filter),
    argument('type'),
    argument('first'),
    argument('last'),
  ];
  const [after, before] = [argument('after'), argument('before')];

  return {
    plan(variables, plan) {
      const [fromStart, fromEnd] = [first(variables) ?? undefined, last(variables) ?? undefined];
      const way = [node.name.value, type(variables), fromStart, fromEnd, after(variables), before(variables)];
      const key = plan.keyOfSearch(filterOf(variables), way.map(String).join(' '));
      if (readsRows && plan.isNew(key)) plan.addSearchCalls(Math.max(searchCalls, lists.length));
      return { count: rowsOf(fromStart ?? fromEnd ?? DEFAULT_PAGE_ROWS), key };
    },
  };
}

/** Fields of a connection that need no page. */
const NEEDS_NO_PAGE: ReadonlySet<string> = new Set(['totalCount', '__typename']);

/** Requested number of rows. An invalid value counts as the maximum; the field itself reports the error. */
function rowsOf(requested: unknown): number {
  return typeof requested === 'number' && requested >= 0 && requested <= MAX_PAGE_ROWS
    ? Math.floor(requested)
    : MAX_PAGE_ROWS;
}

/** A cursor; undefined for anything but a string, which fails before anything is read. */
function cursorIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The lists selected by the argument `type`, with names that are unique across kinds of row. */
function typesOf({ lists, rowName }: CostedLists, type: unknown): readonly string[] {
  const chosen = lists.find((list) => list.toUpperCase() === type) ?? lists[0];
  return lists.filter((list) => type === 'ALL' || list === chosen).map((list) => `${rowName}/${list}`);
}

/**
 * Maximum number of pages for some rows. From the start of a list, pages are aligned; from a cursor, its own row may be read
 * too.
 */
function pagesOf({ maxPageSize }: CostedLists, rows: number, isFromEnd: boolean, cursor: unknown): number {
  if (!isFromEnd && cursor === undefined) return Math.ceil(rows / maxPageSize);
  return mostPages(rows + (cursor === undefined ? 0 : 1), maxPageSize);
}

/** Cost of a look-up by id, or by a list of ids or of objects with an id each. */
function idsCost(
  { kind, argument, of }: Exclude<RootReads, { kind: 'list' | 'search' }>,
  { node }: CostField,
  operation: OperationDefinitionNode,
): UpstreamCost {
  const ids = argumentOf(node, argument, operation);
  return {
    plan(variables, plan) {
      const value = ids(variables);
      const count = kind === 'row' ? 1 : countOf(value);
      const key = keyOf(node.name.value, value);
      if (plan.isNew(key)) plan.addIds(count, of);
      return { count, key };
    },
  };
}

/**
 * Number of ids. A single value counts as a list of one. @see https://spec.graphql.org/October2021/#sec-List.Input-Coercion
 */
function countOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  return Array.isArray(value) || value instanceof ListLiteral ? value.length : 1;
}

/** A key that is equal for equal ids of one field. Lists are equal if they are the same variable or the same text. */
function keyOf(field: string, value: unknown): unknown {
  if (value instanceof ListLiteral) return `${field} ${value.text}`;
  return typeof value === 'string' || typeof value === 'number' ? `${field} ${value}` : (value ?? {});
}

class ListLiteral {
  readonly length: number;
  readonly text: string;

  constructor(length: number, text: string) {
    this.length = length;
    this.text = text;
  }
}

/**
 * Prepares an argument of a field: a literal, or a variable with its default. The returned function yields undefined for a
 * missing value.
 */
function argumentOf(
  field: FieldNode,
  name: string,
  operation: OperationDefinitionNode,
): (variables: Variables) => unknown {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind !== Kind.VARIABLE) {
    const literal = value && literalOf(value);
    return () => literal;
  }
  const variable = value.name.value;
  const definition = operation.variableDefinitions?.find((one) => one.variable.name.value === variable);
  const byDefault = definition?.defaultValue && literalOf(definition.defaultValue);
  return (variables) =>
    variables !== null && variables !== undefined && Object.hasOwn(variables, variable)
      ? variables[variable]
      : byDefault;
}

function literalOf(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT: {
      const number = Number(node.value);
      // An id is a string, every digit of which counts.
      return Number.isSafeInteger(number) ? number : node.value;
    }
    case Kind.LIST:
      return new ListLiteral(node.values.length, print(node));
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    default:
      return print(node);
  }
}
