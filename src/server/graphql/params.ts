/** A GraphQL request in the clear. */
export interface Params {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A mistake that yoga would take for its own. The message is for the caller. */
export class MalformedParamsError extends Error {
  override readonly name = 'MalformedParamsError';
}

const NAMES = new Set(['query', 'operationName', 'variables', 'extensions']);

/**
 * Reads the plain form of a request, the one that nearly all have. Undefined for any other, well-formed or not: yoga knows
 * them all and says what is wrong.
 */
export function readParams(text: string): Params | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(body) ? checked(body) : undefined;
}

/** As {@link readParams}, from the query of a URL. @throws MalformedParamsError */
export function readUrlParams(search: string): Params | undefined {
  const given = new URLSearchParams(search);
  const body: Record<string, unknown> = Object.fromEntries(given);
  if (Object.keys(body).length !== given.size) return undefined;
  for (const name of ['variables', 'extensions']) {
    if (body[name] === undefined) continue;
    try {
      body[name] = JSON.parse(String(body[name]));
    } catch {
      throw new MalformedParamsError(`\`${name}\` in the URL is not JSON.`);
    }
  }
  return checked(body);
}

function checked(body: Record<string, unknown>): Params | undefined {
  for (const name of Object.keys(body)) if (!NAMES.has(name)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || query === '') return undefined;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return undefined;
  if (variables !== undefined && variables !== null && !isObject(variables)) return undefined;
  if (extensions !== undefined && extensions !== null && !isObject(extensions)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
