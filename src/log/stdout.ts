import { type DestinationStream, pino } from 'pino';

/** Characters that are gathered before they are written: a hundred lines. */
const MOST = 16_384;

/** How long a line waits for others at most, in milliseconds. */
const LONGEST_MS = 100;

/** Where the log is written. */
export interface GatheredLines extends DestinationStream {
  /** Writes what has been gathered, before it returns. */
  flushSync(): void;
}

/**
 * Standard output, to which lines are written some at a time: a write for each would cost more than the line itself. What
 * was gathered is written at the end of the process too, whatever ends it but a signal that nobody handles; SIGKILL loses
 * the lines of the last 100 ms, below `warn`.
 *
 * A reader that is slow holds the process up, as it would for each line: nothing is dropped, and no memory filled.
 */
export function gatheredStdout(): GatheredLines {
  // As it is, and not by its own buffer, which measures all that it has with each line that comes.
  const stdout = pino.destination({ fd: 1, sync: true });
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const flushSync = () => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === '') return;
    const text = gathered;
    gathered = '';
    stdout.write(text);
  };
  process.once('exit', flushSync);
  return {
    write(line) {
      gathered += line;
      if (gathered.length >= MOST) flushSync();
      else timer ??= setTimeout(flushSync, LONGEST_MS);
    },
    flushSync,
  };
}
