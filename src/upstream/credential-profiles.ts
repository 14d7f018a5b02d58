import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The file from which the vendor's credential chain would take a profile: that of the aliyun CLI, else that of the SDKs.
 *
 * @returns its path; undefined where neither file exists
 */
export function profileFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const isCliLeftOut = env.ALIBABA_CLOUD_CLI_PROFILE_DISABLED?.toLowerCase() === 'true';
  const home = homeFolder();
  const inHome = (...path: string[]) => (home === undefined ? [] : [join(home, ...path)]);
  const files = [
    ...(isCliLeftOut ? [] : inHome('.aliyun', 'config.json')),
    ...(env.ALIBABA_CLOUD_CREDENTIALS_FILE === undefined
      ? inHome('.alibabacloud', 'credentials')
      : [env.ALIBABA_CLOUD_CREDENTIALS_FILE]),
  ];
  return files.find((file) => existsSync(file));
}

/** Undefined for a user whom the machine does not know, as in a container with a user id of its own and without HOME. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
