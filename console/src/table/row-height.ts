import { useSyncExternalStore } from 'react';

/** Width below which a row is a card of three lines. In em, so that it follows the user's font size. */
export const CARDS = '(width < 48rem)';

const query = matchMedia(CARDS);

const subscribe = (listener: () => void) => {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};

/**
 * Height of each row and of the header in pixels. All rows are equally high, so that a position is a multiplication.
 */
export function useRowHeight(): { readonly row: number; readonly head: number } {
  const isCard = useSyncExternalStore(subscribe, () => query.matches);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return isCard ? { row: 6.5 * rem, head: 0 } : { row: 3.5 * rem, head: 2.5 * rem };
}
