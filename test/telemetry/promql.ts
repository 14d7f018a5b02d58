/** A metric in an expression, with its label matchers. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** An identifier that is no part of a number and no function, with what is in its braces. */
const SELECTOR = /(?<![\w.:$])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])(?:\{([^}]*)\})?/g;

/** Metrics in a PromQL expression; sufficient for labels without braces. */
export function selectorsIn(expression: string): Selector[] {
  const plain = expression
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ');
  // Quoted values would look like metrics.
  const unquoted = plain.replace(/"[^"]*"/g, '""');
  return [...unquoted.matchAll(SELECTOR)]
    .map(([, name = '', matchers = '']) => ({
      name,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    }))
    .filter(({ name }) => !KEYWORDS.has(name.toLowerCase()));
}
