import { inject } from 'vitest';
import type { PerRun } from './provide.ts';

/**
 * What this run has of a kind, made by the test file that asks for it first.
 *
 * @throws Error with the reason when it could not be made
 */
export async function perRun(name: keyof PerRun): Promise<string> {
  const response = await fetch(`${inject('perRun')}/${name}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
