import { inject } from 'vitest';
import type { PerRun } from './provide.ts';

/**
 * A shared resource of this run, created for the first test file that requests it.
 *
 * @param argument for its creation; the first one counts
 * @throws Error with the reason if it could not be created
 */
export async function perRun(name: keyof PerRun, argument = ''): Promise<string> {
  const response = await fetch(`${inject('perRun')}/${name}?${encodeURIComponent(argument)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
