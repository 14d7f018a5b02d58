/** Formats of numbers and times in one language, in the user's time zone. */
export interface Formats {
  number(value: number): string;
  /** A fraction as a percentage without decimals; `<1%` instead of `0%` for a small positive one. */
  share(value: number): string;
  /** Date and time to the second, with the time zone. */
  exact(atMs: number): string;
  /** Time of day to the second. */
  time(atMs: number): string;
  /** A short date, for an axis. */
  day(atMs: number): string;
  /** A date with its year. */
  date(atMs: number): string;
  /** A month with its year. */
  month(atMs: number): string;
  /** A full date with the day of the week. */
  fullDay(atMs: number): string;
  /** Relative time in whole units: `3 hours ago`. Less than a minute is `now`. */
  relative(atMs: number, nowMs: number): string;
  /** A duration, rounded up to the second: `8s`, `1m 5s`. */
  wait(ms: number): string;
  /** Name of the user's time zone. */
  readonly timeZone: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Of the average Gregorian year. */
const YEAR = 365.2425 * DAY;
const MONTH = YEAR / 12;

/**
 * Units with their length and the difference from which they are used. A unit starts at two of its length, so that
 * truncation loses little: 23 months are not "1 year".
 */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, lengthMs: number, fromMs: number])[] = [
  ['year', YEAR, 2 * YEAR],
  ['month', MONTH, 2 * MONTH],
  ['week', WEEK, 2 * WEEK],
  ['day', DAY, 2 * DAY],
  ['hour', HOUR, HOUR],
  ['minute', MINUTE, MINUTE],
];

const made = new Map<string, Formats>();

/** Formats of a language. Cached, because creating `Intl` objects is slow. */
export function formatsOf(language: string): Formats {
  const before = made.get(language);
  if (before !== undefined) return before;
  const formats = createFormats(language);
  made.set(language, formats);
  return formats;
}

function createFormats(language: string): Formats {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  // Two digits for each part of the time, so that rows align.
  const date = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const exact = new Intl.DateTimeFormat(language, { ...date, ...clock, timeZoneName: 'short' });
  const time = new Intl.DateTimeFormat(language, clock);
  const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  const yearly = new Intl.DateTimeFormat(language, date);
  const month = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short' });
  const fullDay = new Intl.DateTimeFormat(language, { ...date, weekday: 'short' });
  // Not `numeric: 'auto'`: "yesterday" and "last year" name calendar periods, not differences.
  const relative = new Intl.RelativeTimeFormat(language);
  const now = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const unit = (name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'narrow' });
  const seconds = unit('second');
  const minutes = unit('minute');

  return {
    number: (value) => number.format(value),
    share: (value) => (value > 0 && value < 0.005 ? `<${percent.format(0.01)}` : percent.format(value)),
    exact: (atMs) => exact.format(atMs),
    time: (atMs) => time.format(atMs),
    day: (atMs) => day.format(atMs),
    date: (atMs) => yearly.format(atMs),
    month: (atMs) => month.format(atMs),
    fullDay: (atMs) => fullDay.format(atMs),
    relative(atMs, nowMs) {
      const differenceMs = atMs - nowMs;
      const unit = UNITS.find(([, , fromMs]) => Math.abs(differenceMs) >= fromMs);
      if (unit === undefined) return now.format(0, 'second');
      return relative.format(Math.trunc(differenceMs / unit[1]), unit[0]);
    },
    wait(ms) {
      const total = Math.max(0, Math.ceil(ms / 1000));
      const parts = [Math.floor(total / 60), total % 60] as const;
      if (parts[0] === 0) return seconds.format(parts[1]);
      return parts[1] === 0
        ? minutes.format(parts[0])
        : `${minutes.format(parts[0])} ${seconds.format(parts[1])}`;
    },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** Epoch milliseconds of an API time; undefined for null or a malformed one. */
export function momentOf(dateTime: string | null | undefined): number | undefined {
  const ms = Date.parse(dateTime ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
