import process from 'node:process';
import { collectRegexes } from './regexes/collect.ts';
import { run, say } from './run.ts';

/**
 * Milliseconds that the analysis of one expression may take; the slowest takes 1,300 of CPU. Long enough for a machine that
 * stands still meanwhile. Without a verdict by then the check fails, and the expression has to be simplified.
 */
const TIMEOUT_MS = 120_000;

/**
 * `node tools/checks/regex-lint.ts` fails when a regular expression can take more than linear time, or when recheck cannot tell.
 * recheck constructs the automaton of each expression and decides its complexity; what the automaton cannot express, it
 * searches for attacks.
 */
await run(async () => {
  // The backend in JavaScript: the others need Java or a native program, and their verdicts could differ.
  process.env.RECHECK_BACKEND = 'pure';
  const { checkSync } = await import('recheck');
  const regexes = collectRegexes();
  const verdicts = new Map<string, string | undefined>();
  for (const { pattern, flags } of regexes) {
    const expression = `/${pattern}/${flags}`;
    if (verdicts.has(expression)) continue;
    const result = checkSync(pattern, flags, { timeout: TIMEOUT_MS });
    verdicts.set(expression, result.status === 'safe' ? undefined : describe(result));
  }
  const problems = regexes.flatMap(({ place, pattern, flags }) => {
    const verdict = verdicts.get(`/${pattern}/${flags}`);
    return verdict === undefined ? [] : [`${place} /${pattern}/${flags}: ${verdict}`];
  });
  for (const problem of problems) say(problem);
  say(
    `${regexes.length} regular expressions: ${problems.length === 0 ? 'all linear' : `problems: ${problems.length}`}.`,
  );
  return problems.length === 0;
});

function describe(result: ReturnType<typeof import('recheck').checkSync>): string {
  if (result.status === 'vulnerable')
    return `${result.complexity.summary} time, as for ${result.attack.pattern}`;
  return `recheck cannot tell (${result.status === 'unknown' ? result.error.kind : result.status}); write it more simply`;
}
