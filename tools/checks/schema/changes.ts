import { type Change, ChangeType, CriticalityLevel, diff, type Rule } from '@graphql-inspector/core';
import {
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { federationRule } from './federation.ts';

/** A change that may affect callers. */
export interface Hazard {
  readonly path: string;
  /** Description of the change. */
  readonly message: string;
  /** Its consequence. */
  readonly reason: string;
  /** Whether valid operations become invalid, or may return what the old schema ruled out. */
  readonly breaking: boolean;
}

/** Reasons for changes for which graphql-inspector gives none, or an unrelated one. */
const REASONS: Partial<Record<Change['type'], string>> = {
  [ChangeType.TypeRemoved]: 'Operations with a fragment on it, or a variable of it, fail.',
  [ChangeType.FieldRemoved]: 'Operations that select it fail.',
  [ChangeType.FieldTypeChanged]: 'Operations fail, or receive what the old type ruled out, such as null.',
  [ChangeType.FieldArgumentRemoved]: 'Operations that give it fail.',
  [ChangeType.DirectiveArgumentTypeChanged]: 'Operations that use the directive can fail.',
  [ChangeType.SchemaQueryTypeChanged]: 'Queries, or their fragments on it, fail.',
  [ChangeType.SchemaMutationTypeChanged]: 'Mutations, or their fragments on it, fail.',
  [ChangeType.SchemaSubscriptionTypeChanged]: 'Subscriptions, or their fragments on it, fail.',
};

const REQUIRED = 'Operations that leave it out fail.';
const OPTIONAL = 'Operations that leave it out must receive what they received before.';

/** Hazards of the new schema for callers of the old one, breaking changes first. */
export async function findHazards(before: GraphQLSchema, after: GraphQLSchema): Promise<Hazard[]> {
  const changes = await diff(before, after, [requiredRule, federationRule]);
  const hazards = changes
    .filter(({ criticality }) => criticality.level !== CriticalityLevel.NonBreaking)
    .map((change) => ({
      // graphql-inspector's paths of the schema itself start with a dot or are missing.
      path: change.path?.replace(/^\./, 'schema.') ?? 'schema',
      message: change.message.replace(/\.$/, ''),
      reason: reasonOf(change),
      breaking: change.criticality.level === CriticalityLevel.Breaking,
    }));
  return hazards.sort((one, other) => Number(other.breaking) - Number(one.breaking));
}

function reasonOf({ type, criticality, message }: Change): string {
  if (type === ChangeType.FieldArgumentAdded) {
    return criticality.level === CriticalityLevel.Breaking ? REQUIRED : OPTIONAL;
  }
  const reason = REASONS[type] ?? criticality.reason ?? '';
  // For directives, its reason repeats the message.
  return message.startsWith(reason) ? '' : reason;
}

/** An input of a type like `Int! = 1` that loses its default becomes required. graphql-inspector does not detect this. */
const requiredRule: Rule = ({ changes, newSchema }) =>
  changes.map((change) => {
    const isDefault =
      change.type === ChangeType.FieldArgumentDefaultChanged ||
      change.type === ChangeType.InputFieldDefaultValueChanged;
    if (!isDefault || newSchema === null || !isRequired(newSchema, change.path ?? '')) return change;
    return { ...change, criticality: { level: CriticalityLevel.Breaking, reason: REQUIRED } };
  });

function isRequired(schema: GraphQLSchema, path: string): boolean {
  const [typeName = '', fieldName = '', argumentName] = path.split('.');
  const type = schema.getType(typeName);
  if (isInputObjectType(type)) {
    const field = type.getFields()[fieldName];
    return field !== undefined && isRequiredInputField(field);
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return false;
  const argument = type.getFields()[fieldName]?.args.find(({ name }) => name === argumentName);
  return argument !== undefined && isRequiredArgument(argument);
}
