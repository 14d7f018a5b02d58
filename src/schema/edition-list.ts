import type { ObjectRef } from '@pothos/core';
import type { Builder, SchemaTypes } from './builder.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/**
 * Defines the enum of the argument `type` of a list: each edition, and all of them.
 *
 * @param typename type of the rows
 * @param Rows what the list has, such as `Jobs`
 * @param all description of `ALL`
 */
export function defineTypeFilter(builder: Builder, typename: string, Rows: string, all: string) {
  return builder.enumType(`${typename}TypeFilter`, {
    description: `Edition of the ${Rows.toLowerCase()} to list.`,
    values: {
      BASIC: { value: 'Basic', description: `${Rows} of the Basic edition, the default of the upstream.` },
      STANDARD: { value: 'Standard', description: `${Rows} of the Standard edition.` },
      ALL: { value: 'All', description: all },
    } as const,
  });
}

/**
 * Defines a connection with `totalCount`, and its edge, named after the type of the rows.
 *
 * @param row what the connection has, such as `job`
 */
export function defineConnection<Row>(builder: Builder, type: ObjectRef<Types, Row>, row: string) {
  const Edge = builder.edgeObject({
    type,
    name: `${type.name}Edge`,
    description: `A ${row} and its cursor.`,
    nodeField: { description: `The ${row}.` },
  });
  const Connection = builder.connectionObject(
    {
      type,
      name: `${type.name}Connection`,
      description: `A page of ${row}s.`,
      fields: (t) => ({
        totalCount: t.int({
          nullable: false,
          description: `Number of ${row}s in the whole list when the page was read. Costs nothing beside rows; selected alone, it costs an upstream call for a single row of each list.`,
          resolve: ({ totalCount }) => totalCount,
        }),
      }),
    },
    Edge,
  );
  return { Connection, Edge };
}
