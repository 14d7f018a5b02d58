import { readRegularFile } from '../regular-file.ts';
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
    const read = readRegularFile(file);
    if (read.problem === undefined) env[name] = read.content;
    else problems.push(`${fileName}: got ${JSON.stringify(file)}, which ${read.problem}`);
  }
  return { env, problems };
}
