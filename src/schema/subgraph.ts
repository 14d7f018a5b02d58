import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { BadInputError } from '../errors.ts';
import { createBuilder, type GatewayContext, reads } from './builder.ts';
import { type NodeType, rowById } from './global-id.ts';
import { defineNodeTypes, NODE_LISTS, NODE_TYPES, rowByGlobalId, typenameOf } from './node-types.ts';

/** The oldest version of the specification that knows all we use, so that old routers and composers can read it too. */
const FEDERATION = 'https://specs.apollo.dev/federation/v2.0';

/** An object as another subgraph refers to it: by one of its keys, and by the upstream's own id where it sends both. */
interface Reference {
  readonly type: NodeType;
  readonly key: string;
  readonly value: string;
}

/**
 * The schema that `/subgraph` serves: that of `/graphql` without `node` and `nodes`, which only one subgraph of a graph
 * could have, and with each type that has global ids as an entity.
 *
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function createSubgraphSchema(): GraphQLSchema {
  const builder = createBuilder(typenameOf, [DirectivesPlugin, FederationPlugin]);
  for (const [index, ref] of defineNodeTypes(builder).entries()) {
    const type = NODE_TYPES[index] as NodeType;
    builder.asEntity(ref, {
      // Each is one field; the types of the library know its name only where it is written out.
      key: [type.idField, 'id'].map((key) => builder.selection<{ id: string }>(key as 'id')),
      // What the check below has made of the representation.
      resolveReference: (given, context) => rowOf(given as unknown as Checked, context),
    });
  }
  return withCheckedReferences(builder.toSubGraphSchema({ linkUrl: FEDERATION }));
}

/** A representation that has been checked, as the library passes it on. */
interface Checked {
  readonly __typename: string;
  readonly reference: Reference;
}

async function rowOf({ reference: { type, key, value } }: Checked, context: GatewayContext): Promise<never> {
  const row =
    key === 'id'
      ? rowByGlobalId('representations', value, context, [type])
      : rowById(type, 'representations', value, context);
  // Of the type that the library has chosen by the reference.
  return row as Promise<never>;
}

/** Checks each reference first: for a malformed one the library would fail all rows, without a code, or take it for another. */
function withCheckedReferences(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()._entities;
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) throw new Error('the subgraph has no _entities');
  const checked: GraphQLFieldResolver<unknown, GatewayContext> = (root, args, context, info) => {
    const rows: unknown[] = [];
    for (const [index, given] of args.representations.entries()) {
      const reference = referenceIn(given);
      if (reference === undefined) rows.push(malformed(index));
      else {
        const representations: Checked[] = [{ __typename: reference.type.typename, reference }];
        rows.push(...(resolve(root, { representations }, context, info) as unknown[]));
      }
    }
    return rows;
  };
  field.resolve = checked;
  field.extensions = reads({ kind: 'rows', argument: 'representations', of: NODE_LISTS });
  return schema;
}

/** What a caller sent as a reference, by the types of its keys; undefined for what is none. A key that is no text is absent. */
function referenceIn(given: unknown): Reference | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const keys = given as Readonly<Record<string, unknown>>;
  const type = NODE_TYPES.find(({ typename }) => typename === keys.__typename);
  if (type === undefined) return undefined;
  for (const key of [type.idField, 'id']) {
    const value = keys[key];
    if (typeof value === 'string') return { type, key, value };
  }
  return undefined;
}

function malformed(index: number): BadInputError {
  const allowed = NODE_TYPES.map(
    ({ typename, idField }) => `\`__typename: "${typename}"\` and a \`${idField}\` or an \`id\``,
  );
  return new BadInputError(
    'representations',
    `\`representations\` has at index ${index} what is no reference to an entity of this subgraph: that takes ${allowed.join(', or ')}.`,
  );
}
