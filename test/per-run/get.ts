import { inject } from 'vitest';
import type { PerRun } from './provide.ts';

/**
 * What this run has of a kind, made for the test file that asks for it first.
 *
 * @param argument what it is made with; the first one counts
 * @throws Error with the reason when it could not be made
 */
export async function perRun(name: keyof PerRun, argument = ''): Promise<string> {
  const response = await fetch(`${inject('perRun')}/${name}?${encodeURIComponent(argument)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
