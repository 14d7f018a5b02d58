import type { OperationDefinitionNode } from 'graphql';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import { argumentOf, Literal, type Variables } from './argument.ts';
import type { CallPlan } from './call-plan.ts';
import type { WrittenField } from './written-out.ts';

/** A root field that asks the upstream, made ready to be counted for each run. */
export interface Read {
  /** How often the fields of a row are answered. Tells the plan which calls that takes. */
  rows(variables: Variables, plan: CallPlan): number;
}

/** Rows that one page holds wherever in the list they begin. */
const ROWS_ON_ONE_PAGE = MAX_PAGE_SIZE / 2;

/** A page of one list, or of both as one. */
export function listRead(field: WrittenField, operation: OperationDefinitionNode): Read {
  const { node, fields } = field;
  const readsRows = [...fields.values()].some(({ node: { name } }) => !COMES_ALONE.has(name.value));
  const argument = (name: string) => argumentOf(node, name, operation);
  const [type, first, last] = [argument('type'), argument('first'), argument('last')];
  const [after, before] = [argument('after'), argument('before')];

  return {
    rows(variables, plan) {
      const [fromStart, fromEnd] = [first(variables) ?? undefined, last(variables) ?? undefined];
      const [lower, upper] = [cursorIn(after(variables)), cursorIn(before(variables))];
      const rows = rowsAsked(fromStart ?? fromEnd ?? DEFAULT_PAGE_ROWS);
      const isFromEnd = fromStart === undefined && fromEnd !== undefined;
      const types = typesOf(type(variables));
      const isEmpty = !readsRows || rows === 0;
      if (isEmpty) for (const one of types) plan.addTotal(one);
      else if (plan.isNew(`${types.join()} ${rows} ${isFromEnd} ${lower} ${upper}`)) {
        const pages = pagesOf(rows, isFromEnd, isFromEnd ? upper : lower);
        const isLater = isFromEnd && upper === undefined;
        const hasCursor = lower !== undefined || upper !== undefined;
        for (const one of types) {
          plan.addPages(one, pages, isLater);
          if (hasCursor) plan.addSearch(one);
          if (isLater) plan.addTotal(one);
        }
      }
      return rows;
    },
  };
}

/** What of a connection needs no page. */
const COMES_ALONE: ReadonlySet<string> = new Set(['totalCount', '__typename']);

/** Of what is out of range, as many as there can be: the field's own error says what is wrong with it. */
function rowsAsked(given: unknown): number {
  return typeof given === 'number' && given >= 0 && given <= MAX_PAGE_ROWS
    ? Math.floor(given)
    : MAX_PAGE_ROWS;
}

/** What is no text is no cursor, and ends in an error before anything is read. */
function cursorIn(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

function typesOf(type: unknown): readonly JobType[] {
  if (type === 'ALL') return JOB_TYPES;
  return type === 'STANDARD' ? ['Standard'] : ['Basic'];
}

/** From the start of a list, one page has them all. Beyond a cursor, the cursor's own row may be read along. */
function pagesOf(rows: number, isFromEnd: boolean, cursor: unknown): number {
  if (!isFromEnd && cursor === undefined) return 1;
  return rows + (cursor === undefined ? 0 : 1) <= ROWS_ON_ONE_PAGE ? 1 : 2;
}

/** One job. */
export function jobRead(field: WrittenField, argument: string, operation: OperationDefinitionNode): Read {
  const id = argumentOf(field.node, argument, operation);
  const name = field.node.name.value;
  return {
    rows(variables, plan) {
      if (plan.isNew(keyOf(name, id(variables)))) plan.addIds(1);
      return 1;
    },
  };
}

/** Jobs by a list of ids, or of what holds one each. */
export function jobsRead(field: WrittenField, argument: string, operation: OperationDefinitionNode): Read {
  const ids = argumentOf(field.node, argument, operation);
  const name = field.node.name.value;
  return {
    rows(variables, plan) {
      const given = ids(variables);
      const count = countOf(given);
      if (plan.isNew(keyOf(name, given))) plan.addIds(count);
      return count;
    },
  };
}

/** What is no list counts as a list of it alone. @see https://spec.graphql.org/October2021/#sec-List.Input-Coercion */
function countOf(given: unknown): number {
  if (given === null || given === undefined) return 0;
  return Array.isArray(given) || given instanceof Literal ? given.length : 1;
}

/** Equal for equal ids of one field; of lists, for those that are one variable, or the same text. */
function keyOf(field: string, given: unknown): unknown {
  if (given instanceof Literal) return `${field} ${given.text}`;
  return typeof given === 'string' || typeof given === 'number' ? `${field} ${given}` : (given ?? {});
}
