import { type FieldNode, Kind, type OperationDefinitionNode, print, type ValueNode } from 'graphql';
import { mostPages } from '../paging/cover.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { CostedLists, UpstreamReads } from '../schema/builder.ts';
import type { CallPlan, PlannedRows } from './call-plan.ts';

/** A field of an operation and what is selected below it, by response keys. */
export interface CostField {
  /** The first node of the field; those that repeat it have the same name and arguments. */
  readonly node: FieldNode;
  readonly fields: CostFields;
}

export type CostFields = ReadonlyMap<string, CostField>;

/** Variables of a request as they came: not checked against the types of the operation. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** What a root field reads from the upstream. */
export type RootReads = Exclude<UpstreamReads, { kind: 'row for each' }>;

/** What a root field reads from the upstream, prepared to be counted for each run. */
export interface UpstreamCost {
  /** Adds the calls of a run to the plan. */
  plan(variables: Variables, plan: CallPlan): PlannedRows;
}

/** The cost of a root field, by what its schema says that it reads. @param searchCalls that one search may make */
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

/** A page of one list, or of all as one. */
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
          if (hasCursor) plan.addSearch(one);
          if (isLater) plan.addTotal(one);
        }
      }
      return { count: rows, key };
    },
  };
}

/** A page of the rows that match: whatever it has to look through, its calls are limited. Equal searches are one. */
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

/** Out of range it is the most there can be: the field's own error says what is wrong with it. */
function rowsOf(given: unknown): number {
  return typeof given === 'number' && given >= 0 && given <= MAX_PAGE_ROWS
    ? Math.floor(given)
    : MAX_PAGE_ROWS;
}

/** What is no text is no cursor, and ends in an error before anything is read. */
function cursorIn(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

/** The lists that an enum value of the argument `type` stands for, by names that no other kind of row has. */
function typesOf({ lists, rowName }: CostedLists, type: unknown): readonly string[] {
  const chosen = lists.find((list) => list.toUpperCase() === type) ?? lists[0];
  return lists.filter((list) => type === 'ALL' || list === chosen).map((list) => `${rowName}/${list}`);
}

/** From the start of a list, one page has all rows. Beyond a cursor, the cursor's own row may be read along. */
function pagesOf({ maxPageSize }: CostedLists, rows: number, isFromEnd: boolean, cursor: unknown): number {
  if (!isFromEnd && cursor === undefined) return Math.ceil(rows / maxPageSize);
  return mostPages(rows + (cursor === undefined ? 0 : 1), maxPageSize);
}

/** A row by its id, or rows by a list of ids, or of objects that hold one each. */
function idsCost(
  { kind, argument, of }: Exclude<RootReads, { kind: 'list' | 'search' }>,
  { node }: CostField,
  operation: OperationDefinitionNode,
): UpstreamCost {
  const ids = argumentOf(node, argument, operation);
  return {
    plan(variables, plan) {
      const given = ids(variables);
      const count = kind === 'row' ? 1 : countOf(given);
      const key = keyOf(node.name.value, given);
      if (plan.isNew(key)) plan.addIds(count, of);
      return { count, key };
    },
  };
}

/** What is no list counts as a list of it alone. @see https://spec.graphql.org/October2021/#sec-List.Input-Coercion */
function countOf(given: unknown): number {
  if (given === null || given === undefined) return 0;
  return Array.isArray(given) || given instanceof ListLiteral ? given.length : 1;
}

/** Equal for equal ids of one field; of lists, for those that are one variable, or the same text. */
function keyOf(field: string, given: unknown): unknown {
  if (given instanceof ListLiteral) return `${field} ${given.text}`;
  return typeof given === 'string' || typeof given === 'number' ? `${field} ${given}` : (given ?? {});
}

class ListLiteral {
  readonly length: number;
  readonly text: string;

  constructor(length: number, text: string) {
    this.length = length;
    this.text = text;
  }
}

/** Prepares an argument of a field: a literal, or a variable with its default. Undefined where a run gives nothing. */
function argumentOf(
  field: FieldNode,
  name: string,
  operation: OperationDefinitionNode,
): (variables: Variables) => unknown {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind !== Kind.VARIABLE) {
    const given = value && literalOf(value);
    return () => given;
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
      // As an id it is a text, every digit of which counts.
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
