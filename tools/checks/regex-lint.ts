import process from 'node:process';
import { collectRegexes } from './regexes/collect.ts';
import { run, say } from './run.ts';

/**
 * Time limit for the analysis of one expression, in milliseconds. The slowest takes 1,300 of CPU; the rest allows for a slow
 * machine. On timeout the check fails, and the expression must be simplified.
 */
const TIMEOUT_MS = 120_000;

/**
 * `node tools/checks/regex-lint.ts` fails if a regular expression may take more than linear time, or if recheck cannot
 * decide. recheck builds the automaton of each expression and determines its complexity; for what the automaton cannot
 * express, it searches for attack strings.
 */
await run(async () => {
  // The JavaScript backend: the others need Java or a native program, and may decide differently.
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
