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
      description:
        'Fetches an object by its global `id`. Null when there is no such object. A text that is not a global id of this API is a `BAD_USER_INPUT` error.',
      args: { id: t.arg.id({ required: true, description: 'Global id: the `id` field of an object.' }) },
      extensions: reads({ kind: 'row', argument: 'id', of: NODE_LISTS }),
      resolve: async (_root, { id }, context) => rowByGlobalId('id', id, context) as Promise<never>,
    }),
    nodes: t.field({
      type: [builder.nodeInterfaceRef()],
      nullable: { list: false, items: true },
      description: `Fetches up to ${MAX_PAGE_ROWS} objects by their global ids, in the order of \`ids\`. An entry is null when there is no such object. A text that is not a global id is a \`BAD_USER_INPUT\` error of its own entry; the other entries are returned.`,
      args: {
        ids: t.arg.idList({
          required: true,
          description: `Global ids: the \`id\` fields of objects. At most ${MAX_PAGE_ROWS}; duplicates are allowed.`,
        }),
      },
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
