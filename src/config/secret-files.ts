import { readFileSync, statSync } from 'node:fs';
import { type Environment, SECRET_FILES } from './variables.ts';

/** An environment whose secrets are all values, whether they were given as values or as files. */
export interface ResolvedEnvironment {
  /** Holds `NAME` with what the file of `NAME_FILE` holds. */
  readonly env: Environment;
  /** A line each, for the operator; they name variables and files, never what is in them. */
  readonly problems: readonly string[];
}

/**
 * Reads the files that `AUTH_API_KEYS_FILE` and `REDIS_URL_FILE` name, as Docker and Kubernetes mount secrets. White space
 * around the content is dropped: most editors end a file with a new line.
 */
export function readSecretFiles(environment: Environment): ResolvedEnvironment {
  const env: Record<string, string | undefined> = { ...environment };
  const problems: string[] = [];
  for (const [name, fileName] of Object.entries(SECRET_FILES)) {
    const file = env[fileName]?.trim();
    if (!file) continue;
    if (env[name]?.trim()) {
      problems.push(`${fileName}: set together with ${name}; allowed is one of the two`);
      continue;
    }
    const read = readSecret(file);
    if (read.problem === undefined) env[name] = read.content;
    else problems.push(`${fileName}: got ${JSON.stringify(file)}, which ${read.problem}`);
  }
  return { env, problems };
}

/** Most bytes of such a file: more than ten thousand keys have. */
const MAX_BYTES = 1_000_000;

type Reading =
  | { readonly content: string; readonly problem?: undefined }
  | { readonly content?: undefined; readonly problem: string };

function readSecret(file: string): Reading {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return { problem: 'is a directory; allowed is a file' };
    // A device may never end, and the start would wait for whoever writes to a pipe.
    if (!stats.isFile()) return { problem: 'is a pipe or a device; allowed is a regular file' };
    if (stats.size > MAX_BYTES)
      return { problem: `has ${stats.size} bytes; allowed are at most ${MAX_BYTES}` };
    const content = readFileSync(file, 'utf8').trim();
    return content === '' ? { problem: 'is empty' } : { content };
  } catch (error) {
    return { problem: explain(error) };
  }
}

function explain(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read by this user (EACCES)';
  return `cannot be read (${code})`;
}
