import { expect } from 'vitest';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';

/** Represents any text of an upstream that must stay confidential. */
export const UPSTREAM_TEXT = 'words-of-the-upstream';

/** Identifying texts of the emulator, its faults and intermediate servers. */
const CONFIDENTIAL_TEXTS = [UPSTREAM_TEXT, 'Injected', 'Recommend', 'HostId', 'Tengine', 'user flow control'];

/** Allowed in the log, which quotes the first characters of an unreadable body. */
const LOG_ONLY_TEXTS = ['<html'];

/** Expects that neither callers nor the log get the upstream's texts, address or access key. */
export function expectNothingOf(
  { emulator, logged }: GatewayUnderTest,
  answers: readonly Answer[],
  hosts: readonly string[],
): void {
  const said = JSON.stringify({ answers, logged });
  const { accessKeyId, accessKeySecret } = emulator;
  for (const secret of [...CONFIDENTIAL_TEXTS, ...hosts, accessKeyId, accessKeySecret])
    expect(said).not.toContain(secret);
  for (const word of LOG_ONLY_TEXTS) expect(JSON.stringify(answers)).not.toContain(word);
}
