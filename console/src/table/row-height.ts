import { useSyncExternalStore } from 'react';

/** Below this width a row is a card of three lines. In em, so that it follows the reader's size of text. */
export const CARDS = '(width < 48rem)';

const query = matchMedia(CARDS);

const subscribe = (listener: () => void) => {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};

/** The height of each row, and of the head above them, in pixels. All rows are alike, so that a place is a product. */
export function useRowHeight(): { readonly row: number; readonly head: number } {
  const isCard = useSyncExternalStore(subscribe, () => query.matches);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return isCard ? { row: 6.5 * rem, head: 0 } : { row: 3.5 * rem, head: 2.5 * rem };
}
