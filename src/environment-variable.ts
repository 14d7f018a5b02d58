import { z } from 'zod/v3';

export interface Variable<Schema extends z.ZodTypeAny = z.ZodTypeAny> extends Kind<Schema> {
  /** In the words of `--help`; undefined where leaving it unset is a state of its own. */
  readonly default: string | undefined;
  /** Empty where a specification has it. */
  readonly meaning: string;
}

export interface Kind<Schema extends z.ZodTypeAny = z.ZodTypeAny> {
  /** Completes "allowed is ...". */
  readonly allowed: string;
  readonly schema: Schema;
  readonly isSecret?: boolean;
}

/** A variable whose default is a value of its kind. */
export function withDefault<Schema extends z.ZodTypeAny>(
  { schema, ...kind }: Kind<Schema>,
  fallback: string,
  meaning = '',
): Variable<z.ZodDefault<Schema>> {
  return { ...kind, default: fallback, meaning, schema: schema.default(fallback) };
}

/** A variable whose value is undefined when it is not set. @param otherwise what holds then, in words */
export function optional<Schema extends z.ZodTypeAny>(
  { schema, ...kind }: Kind<Schema>,
  otherwise?: string,
  meaning = '',
): Variable<z.ZodOptional<Schema>> {
  return { ...kind, default: otherwise, meaning, schema: schema.optional() };
}

/** A variable whose value is a list; an empty one when it is not set. */
export function list<Item>(
  { schema, ...kind }: Kind<z.ZodType<Item[], z.ZodTypeDef, unknown>>,
  meaning: string,
) {
  const orEmpty = schema.optional().transform((items): readonly Item[] => items ?? []);
  return { ...kind, default: undefined, meaning, schema: orEmpty };
}

/** Values by name. */
export type ValuesOf<Variables extends Readonly<Record<string, Variable>>> = {
  readonly [Name in keyof Variables]: z.output<Variables[Name]['schema']>;
};

/** A text. @param isAllowed whether it is one of those; all are without it */
export const text = (allowed: string, isAllowed: (value: string) => boolean = () => true) => ({
  allowed,
  schema: z.string().refine(isAllowed),
});

/** A text that matches an expression. @param read makes a value of it */
export const matching = <Value>(allowed: string, pattern: RegExp, read: (value: string) => Value) => ({
  allowed,
  schema: z.string().regex(pattern).transform(read),
});

export const oneOf = <Name extends string>(...names: [Name, ...Name[]]) => ({
  allowed: names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or '),
  schema: z.enum(names),
});

/** A whole number, in decimal digits. @param what is added to the words: a unit, or what a value means */
export const wholeNumber = (min: number, max: number, { unit = '', note = '' } = {}) => ({
  allowed: `a whole number${unit && ` of ${unit}`} from ${min} to ${max}${note}`,
  schema: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max)),
});

export const milliseconds = (min: number, max: number) => wholeNumber(min, max, { unit: 'milliseconds' });
