import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { findSecrets, SECRETS_FILE, type Secret } from './find-secrets.ts';

/**
 * Records every gateway of the run, and searches the recordings for all secrets at the end: a secret that leaks in any test
 * fails the run. The recordings are then kept for inspection.
 */
export default function watch(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-recordings-'));
  project.provide('recordings', folder);
  return () => {
    const found = searchFolder(folder);
    if (found.length === 0) return rmSync(folder, { recursive: true });
    // Vitest may have timed out by the time it learns of the error.
    process.exitCode = 1;
    throw new Error(`secrets got out:\n  ${found.join('\n  ')}`);
  };
}

/** One line per secret and recording, with its first occurrence. */
export function searchFolder(folder: string): string[] {
  const secrets = secretsOf(join(folder, SECRETS_FILE));
  return readdirSync(folder)
    .filter((name) => name !== SECRETS_FILE)
    .flatMap((name) => {
      const file = join(folder, name);
      const lines = new Map<string, number>();
      for (const { line, name } of findSecrets(readFileSync(file, 'utf8'), secrets))
        if (!lines.has(name)) lines.set(name, line);
      return [...lines].map(([secret, line]) => `${file}:${line}: ${secret}`);
    });
}

function secretsOf(file: string): Secret[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const secrets = lines.map((line) => JSON.parse(line) as Secret);
  return [...new Map(secrets.map((secret) => [secret.value, secret])).values()];
}
