import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { BadInputError, quoted } from '../errors.ts';
import { createBuilder, type GatewayContext, reads } from './builder.ts';
import { type NodeType, rowById } from './global-id.ts';
import { defineNodeTypes, NODE_LISTS, NODE_TYPES, rowByGlobalId, typenameOf } from './node-types.ts';

/** The oldest Federation version with all directives used here, so that old routers and composers accept the schema. */
const FEDERATION = 'https://specs.apollo.dev/federation/v2.0';

/** A parsed entity representation: the type, and the key to read by. The upstream's id is preferred to the global id. */
interface Reference {
  readonly type: NodeType;
  readonly key: string;
  readonly value: string;
}

/**
 * Creates the schema of `/subgraph`: that of `/graphql` with each of {@link NODE_TYPES} as an entity, and without `node` and `nodes`,
 * which only one subgraph of a supergraph can define.
 *
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function createSubgraphSchema(): GraphQLSchema {
  const builder = createBuilder(typenameOf, [DirectivesPlugin, FederationPlugin]);
  for (const [index, ref] of defineNodeTypes(builder).entries()) {
    const type = NODE_TYPES[index] as NodeType;
    builder.asEntity(ref, {
      // Each key is one field. The cast is needed because the library's types expect a literal.
      key: [type.idField, 'id'].map((key) => builder.selection<{ id: string }>(key as 'id')),
      // The representation was replaced by a checked one, see withCheckedReferences.
      resolveReference: (given, context) => rowOf(given as unknown as Checked, context),
    });
  }
  return withCheckedReferences(builder.toSubGraphSchema({ linkUrl: FEDERATION }));
}

/** A checked representation, as the federation library passes it to the resolver. */
interface Checked {
  readonly __typename: string;
  readonly reference: Reference;
}

async function rowOf({ reference: { type, key, value } }: Checked, context: GatewayContext): Promise<never> {
  const row =
    key === 'id'
      ? rowByGlobalId('representations', value, context, [type])
      : rowById(type, 'representations', value, context);
  // The library expects a value of the entity's type, which it has selected by `__typename`.
  return row as Promise<never>;
}

/**
 * Checks each representation before the library does, which fails all entities for a malformed one, without an error code, or resolves
 * the wrong entity.
 */
function withCheckedReferences(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()._entities;
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) throw new Error('the subgraph has no _entities');
  const checked: GraphQLFieldResolver<unknown, GatewayContext> = (root, args, context, info) => {
    const rows: unknown[] = [];
    for (const [index, given] of args.representations.entries()) {
      const reference = parseReference(given);
      if (reference === undefined) rows.push(malformed(index, given));
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

/** Parses a representation; undefined if it is malformed. Keys that are not strings are ignored. */
function parseReference(given: unknown): Reference | undefined {
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

/** Maximum number of field names of a representation in an error. */
const MAX_SHOWN = 4;

/** What a malformed representation has, by its names alone: its values may be nested as deep as a request allows. */
function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'it is not an object';
  const { __typename: name } = given as { readonly __typename?: unknown };
  const fields = Object.keys(given).filter((key) => key !== '__typename');
  const shown = fields.slice(0, MAX_SHOWN).map(quoted).join(', ');
  return `its \`__typename\` is ${typeof name === 'string' ? quoted(name) : 'missing'}, its other fields are ${shown || 'none'}`;
}

function malformed(index: number, given: unknown): BadInputError {
  const allowed = NODE_TYPES.map(
    ({ typename, idField }) => `\`__typename: "${typename}"\` and a \`${idField}\` or an \`id\``,
  );
  return new BadInputError(
    'representations',
    `\`representations[${index}]\` is not a valid entity reference: ${describe(given)}; allowed is ${allowed.join(', or ')}.`,
  );
}
