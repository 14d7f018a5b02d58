import { momentOf } from './formats.ts';
import { useMinute } from './minute.ts';
import { useFormats } from './use-formats.ts';

/** How long ago something was, kept up to date; the exact time is told to who points at it. Nothing where `at` says nothing. */
export function RelativeTime({ at }: { readonly at: string | null | undefined }) {
  const formats = useFormats();
  const nowMs = useMinute();
  const atMs = momentOf(at);
  if (atMs === undefined) return null;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formats.exact(atMs)}>
      {formats.relative(atMs, nowMs)}
    </time>
  );
}
