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
  const files = [
    ...(isCliLeftOut ? [] : [join(homedir(), '.aliyun', 'config.json')]),
    env.ALIBABA_CLOUD_CREDENTIALS_FILE ?? join(homedir(), '.alibabacloud', 'credentials'),
  ];
  return files.find((file) => existsSync(file));
}
