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

/** A difference that can hurt callers. */
export interface Hazard {
  readonly path: string;
  /** What is different. */
  readonly message: string;
  /** Why that matters. */
  readonly reason: string;
  /** Whether valid operations become invalid, or can receive what their schema ruled out. */
  readonly breaking: boolean;
}

/** Reasons for changes that graphql-inspector gives none for, or one about something else. */
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

/** What callers of the old schema have to fear from the new one, breaking changes first. */
export async function findHazards(before: GraphQLSchema, after: GraphQLSchema): Promise<Hazard[]> {
  const changes = await diff(before, after, [requiredRule, federationRule]);
  const hazards = changes
    .filter(({ criticality }) => criticality.level !== CriticalityLevel.NonBreaking)
    .map((change) => ({
      // graphql-inspector's paths of the schema itself begin with a dot, or are missing.
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
  // About directives its reason is the message once more, but shorter.
  return message.startsWith(reason) ? '' : reason;
}

/** An input of a type like `Int! = 1` that loses its default is required from then on. graphql-inspector overlooks it. */
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
