import { z } from 'zod/v3';

export interface Variable<Schema extends z.ZodTypeAny = z.ZodTypeAny> extends Kind<Schema> {
  /** As shown by `--help`; undefined if unset is a state of its own. */
  readonly default: string | undefined;
  /** Description; empty for variables that a specification defines. */
  readonly meaning: string;
}

export interface Kind<Schema extends z.ZodTypeAny = z.ZodTypeAny> {
  /** Completes "Expected …". */
  readonly allowed: string;
  readonly schema: Schema;
  readonly isSecret?: boolean;
}

/** A variable with a default value. */
export function withDefault<Schema extends z.ZodTypeAny>(
  { schema, ...kind }: Kind<Schema>,
  fallback: string,
  meaning = '',
): Variable<z.ZodDefault<Schema>> {
  return { ...kind, default: fallback, meaning, schema: schema.default(fallback) };
}

/**
 * A variable without a default value: undefined while unset.
 *
 * @param otherwise description of the behaviour while unset
 */
export function optional<Schema extends z.ZodTypeAny>(
  { schema, ...kind }: Kind<Schema>,
  otherwise?: string,
  meaning = '',
): Variable<z.ZodOptional<Schema>> {
  return { ...kind, default: otherwise, meaning, schema: schema.optional() };
}

/** A variable whose value is a list; empty while unset. */
export function listVariable<Item>(
  { schema, ...kind }: Kind<z.ZodType<Item[], z.ZodTypeDef, unknown>>,
  meaning: string,
) {
  const orEmpty = schema.optional().transform((items): readonly Item[] => items ?? []);
  return { ...kind, default: undefined, meaning, schema: orEmpty };
}

/** Parsed values by variable name. */
export type ValuesOf<Variables extends Readonly<Record<string, Variable>>> = {
  readonly [Name in keyof Variables]: z.output<Variables[Name]['schema']>;
};

/** A string. @param isAllowed validates it; every string is valid by default */
export const text = (allowed: string, isAllowed: (value: string) => boolean = () => true) => ({
  allowed,
  schema: z.string().refine(isAllowed),
});

/** A string that matches a regular expression. @param read converts it to a value */
export const matching = <Value>(allowed: string, pattern: RegExp, read: (value: string) => Value) => ({
  allowed,
  schema: z.string().regex(pattern).transform(read),
});

export const oneOf = <Name extends string>(...names: [Name, ...Name[]]) => ({
  allowed: names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or '),
  schema: z.enum(names),
});

/** A whole number in decimal digits. @param unit shown in `allowed`, as is the `note` */
export const wholeNumber = (min: number, max: number, { unit = '', note = '' } = {}) => ({
  allowed: `a whole number${unit && ` of ${unit}`} from ${min} to ${max}${note}`,
  schema: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max)),
});

export const milliseconds = (min: number, max: number) => wholeNumber(min, max, { unit: 'milliseconds' });
