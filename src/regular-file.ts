import { readFileSync, statSync } from 'node:fs';

/** Maximum file size, in bytes: more than ten thousand keys. */
const MAX_BYTES = 1_000_000;

/** The content of a file, or the problem with it, as the predicate of a sentence about the file. */
export type Reading =
  | { readonly content: string; readonly problem?: undefined }
  | { readonly content?: undefined; readonly problem: string };

/** Reads a regular file of at most {@link MAX_BYTES} as UTF-8 and trims white space. Never throws. */
export function readRegularFile(file: string): Reading {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return { problem: 'is a directory. Expected a regular file' };
    // Reading a device may never end; reading a pipe would block the start until somebody writes to it.
    if (!stats.isFile()) return { problem: 'is a pipe or a device. Expected a regular file' };
    if (stats.size > MAX_BYTES) return { problem: `has ${stats.size} bytes. Expected at most ${MAX_BYTES}` };
    const content = readFileSync(file, 'utf8').trim();
    return content === '' ? { problem: 'is empty' } : { content };
  } catch (error) {
    return { problem: explain(error) };
  }
}

function explain(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'is not readable by this user (EACCES)';
  return `cannot be read (${code})`;
}
