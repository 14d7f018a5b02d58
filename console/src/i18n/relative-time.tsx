import { momentOf } from './formats.ts';
import { useFormats } from './use-formats.ts';
import { useMinute } from './use-minute.ts';

/** A relative time, kept up to date, with the exact time as its tooltip. Renders nothing without a valid time. */
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
