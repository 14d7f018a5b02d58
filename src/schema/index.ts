import type { GraphQLSchema } from 'graphql';
import { BadInputError } from '../errors.ts';
import { MAX_PAGE_ROWS } from '../paging/window.ts';
import { type Builder, createBuilder, reads } from './builder.ts';
import { defineNodeTypes, NODE_LISTS, rowByGlobalId, typenameOf } from './node-types.ts';

/** Creates the schema of `/graphql`, which is committed as schema.graphql. */
export function createSchema(): GraphQLSchema {
  const builder = createBuilder(typenameOf);
  defineNodeTypes(builder);
  defineNodes(builder);
  // Unsorted, so that the statuses stay in the order in which a job passes them.
  return builder.toSchema({ sortSchema: false });
}

/**
 * Defines `node` and `nodes`. Those of Pothos are not used: one bad id would fail all of `nodes`, without an error code.
 *
 * @see https://relay.dev/graphql/objectidentification.htm
 */
function defineNodes(builder: Builder) {
  builder.queryFields((t) => ({
    node: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'Any object by its global `id`; null when there is no such object.',
      args: { id: t.arg.id({ required: true, description: 'An `id` as this API gives it.' }) },
      extensions: reads({ kind: 'row', argument: 'id', of: NODE_LISTS }),
      resolve: async (_root, { id }, context) => rowByGlobalId('id', id, context) as Promise<never>,
    }),
    nodes: t.field({
      type: [builder.nodeInterfaceRef()],
      nullable: { list: false, items: true },
      description: `Several objects by their global ids, in the order asked for; null in the place of one that does not exist. At most ${MAX_PAGE_ROWS}.`,
      args: { ids: t.arg.idList({ required: true, description: 'Each an `id` as this API gives it.' }) },
      extensions: reads({ kind: 'rows', argument: 'ids', of: NODE_LISTS }),
      resolve: (_root, { ids }, context) =>
        checkIds(ids).map(async (id) => rowByGlobalId('ids', id, context) as Promise<never>),
    }),
  }));
}

function checkIds(ids: readonly string[]): readonly string[] {
  if (ids.length <= MAX_PAGE_ROWS) return ids;
  throw new BadInputError('ids', `\`ids\` has ${ids.length} entries; allowed are at most ${MAX_PAGE_ROWS}.`);
}
