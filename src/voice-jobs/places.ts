import { BadInputError } from '../errors.ts';
import { type Cursor, CursorError, decodeCursor, encodeCursor, jobKey } from '../paging/cursor.ts';
import type { ConnectionArgs } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';

/** The number by which cursors know their list, and the name by which callers do. */
const LISTS: Readonly<Record<JobType, { readonly code: number; readonly name: string }>> = {
  Basic: { code: 0, name: 'BASIC' },
  Standard: { code: 1, name: 'STANDARD' },
};

/** The cursor of a row: same row, same place, same total give the same text. */
export function cursorOf(type: JobType, job: VoiceJob, offset: number, total: number): string {
  return encodeCursor({
    list: LISTS[type].code,
    offset,
    total,
    jobKey: jobKey(job.jobId),
    createdAt: job.createTime === null ? null : Math.floor(Date.parse(job.createTime) / 1000),
  });
}

/**
 * Reads the cursor given as `after` or `before`; undefined when there is none.
 *
 * @throws BadInputError for a string that is no cursor, or one of another list
 */
export function readCursor(
  type: JobType,
  argument: 'after' | 'before',
  args: ConnectionArgs,
): Cursor | undefined {
  const text = args[argument] ?? undefined;
  if (text === undefined) return undefined;
  const cursor = decode(argument, text);
  if (cursor.list === LISTS[type].code) return cursor;
  const other = Object.values(LISTS).find(({ code }) => code === cursor.list)?.name ?? 'another';
  throw new BadInputError(
    argument,
    `\`${argument}\` is a cursor of the list of type ${other}; it cannot be used with type ${LISTS[type].name}.`,
  );
}

function decode(argument: string, text: string): Cursor {
  try {
    return decodeCursor(text);
  } catch (error) {
    throw error instanceof CursorError
      ? new BadInputError(argument, `\`${argument}\` ${error.message}.`)
      : error;
  }
}
