import { readFileSync, statSync } from 'node:fs';

/** Largest file, in bytes: more than ten thousand keys. */
const MAX_BYTES = 1_000_000;

/** The content of a file, or what is wrong with it: the end of a sentence whose subject is the file. */
export type Reading =
  | { readonly content: string; readonly problem?: undefined }
  | { readonly content?: undefined; readonly problem: string };

/** Reads a regular file of at most {@link MAX_BYTES} as UTF-8, without the white space around it. Never throws. */
export function readRegularFile(file: string): Reading {
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
