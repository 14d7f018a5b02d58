import type { ReactNode } from 'react';

/** Icons. Each is decorative: the text beside it says the same. */
export type IconName =
  | 'clock'
  | 'cloudOff'
  | 'unplugged'
  | 'key'
  | 'barred'
  | 'refresh'
  | 'shield'
  | 'missing'
  | 'alert'
  | 'empty'
  | 'copy'
  | 'check'
  | 'eye'
  | 'eyeOff'
  | 'close'
  | 'link'
  | 'toStart'
  | 'toEnd'
  | 'search'
  | 'down'
  | 'download'
  | 'sun'
  | 'moon'
  | 'signOut';

const DRAWINGS: Readonly<Record<IconName, ReactNode>> = {
  clock: <path d="M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0" />,
  cloudOff: (
    <path d="M8.6 5.3A6.5 6.5 0 0 1 17.8 10h.2a4 4 0 0 1 2.9 6.8M17 19H7a5 5 0 0 1-.9-9.9M3 3l18 18" />
  ),
  unplugged: (
    <path d="m19 5 2-2M3 21l2-2m3.5-9.5L12 6l2.2-2.2a3 3 0 0 1 4.2 0l1.8 1.8a3 3 0 0 1 0 4.2L18 12l-3.5 3.5M6 12l-2.2 2.2a3 3 0 0 0 0 4.2l1.8 1.8a3 3 0 0 0 4.2 0L12 18zm3.5 1 2-2m0 4 2-2" />
  ),
  key: <path d="M15.5 8.5h.01M10.7 13.3 4 20v1h3v-2h2v-2h2l1.7-1.7a5.5 5.5 0 1 0-2-2" />,
  barred: <path d="M5.6 5.6l12.8 12.8M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0" />,
  refresh: (
    <path d="M20 11a8 8 0 0 0-14.3-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.3 4l2.7-2.5M21 20v-5.5h-5.5" />
  ),
  shield: <path d="M12 8v4m0 3.5v.01M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6z" />,
  missing: <path d="M9.5 9.5l4 4m0-4-4 4M20 20l-3.8-3.8M18.5 11.5a7 7 0 1 1-14 0 7 7 0 0 1 14 0" />,
  alert: (
    <path d="M12 9v4m0 3.5v.01M10.3 4.3 2.8 17.5A2 2 0 0 0 4.5 20.5h15a2 2 0 0 0 1.7-3L13.7 4.3a2 2 0 0 0-3.4 0" />
  ),
  empty: <path d="M4 10v4m4-8v12m4-15v18m4-14v10m4-7v4" />,
  copy: <path d="M9 9h10v11H9zM15 9V4H5v11h4" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  eye: (
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0" />
  ),
  eyeOff: (
    <path d="M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.6 3.3M6.3 7.6A15.5 15.5 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.5-1.2M10 10a3 3 0 0 0 4.1 4.2M3 3l18 18" />
  ),
  close: <path d="M6 6l12 12M18 6 6 18" />,
  link: (
    <path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1" />
  ),
  toStart: <path d="M5 4h14M12 20V9m-5 5 5-5 5 5" />,
  toEnd: <path d="M5 20h14M12 4v11m-5-5 5 5 5-5" />,
  search: <path d="M20 20l-4.300-4.300M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0" />,
  down: <path d="m6 9.500 6 6 6-6" />,
  download: <path d="M4 15v4.500h16V15M12 4v11m-4.500-4.500L12 15l4.500-4.500" />,
  sun: (
    <path d="M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0M12 3v1.5m0 15V21m9-9h-1.5m-15 0H3m15.4-6.4-1.1 1.1M6.7 17.3l-1.1 1.1m12.8 0-1.1-1.1M6.7 6.7 5.6 5.6" />
  ),
  moon: <path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5" />,
  signOut: <path d="M14 4.5H5v15h9M10 12h10.5m-4-4 4 4-4 4" />,
};

/** An icon in the colour of the text around it, one line high unless a style says otherwise. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="1.25em"
      height="1.25em"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {DRAWINGS[name]}
    </svg>
  );
}
