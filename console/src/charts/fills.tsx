import type { Outcome } from './job-counts.ts';

/** Fill of a bar: by outcome, or plain. */
export type Fill = Outcome | 'plain';

/**
 * SVG patterns of the fills. Each has a pattern of its own, so that they differ without colour: plain, stripes, a
 * lattice, dots.
 *
 * @param prefix makes the ids of the patterns unique on the page
 */
export function Patterns({ prefix }: { readonly prefix: string }) {
  return (
    <defs>
      <pattern id={`${prefix}success`} width="8" height="8" patternUnits="userSpaceOnUse">
        <rect width="8" height="8" fill="var(--chart-success)" />
      </pattern>
      <pattern
        id={`${prefix}inProgress`}
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="6" height="6" fill="var(--chart-in-progress-soft)" />
        <rect width="3" height="6" fill="var(--chart-in-progress)" />
      </pattern>
      <pattern id={`${prefix}failed`} width="6" height="6" patternUnits="userSpaceOnUse">
        <rect width="6" height="6" fill="var(--chart-failed)" />
        <path d="M0 0l6 6M6 0 0 6" stroke="var(--paper)" strokeWidth="1.1" />
      </pattern>
      <pattern id={`${prefix}unknown`} width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" fill="var(--chart-unknown-soft)" />
        <circle cx="2.5" cy="2.5" r="1.2" fill="var(--chart-unknown)" />
      </pattern>
      <pattern id={`${prefix}plain`} width="8" height="8" patternUnits="userSpaceOnUse">
        <rect width="8" height="8" fill="var(--chart-plain)" />
      </pattern>
    </defs>
  );
}

/** The SVG `fill` of a bar. */
export const fillOf = (prefix: string, fill: Fill): string => `url(#${prefix}${fill})`;

/** Sample of a fill, for legends. */
export function Swatch({ prefix, fill }: { readonly prefix: string; readonly fill: Fill }) {
  return (
    <svg width="18" height="12" aria-hidden="true">
      <rect width="18" height="12" rx="2.5" fill={fillOf(prefix, fill)} />
    </svg>
  );
}
