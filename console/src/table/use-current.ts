import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { indexOf, type RowList, rowAt } from '../list/list.ts';

/** The row to which the Tab key leads, and the arrow keys from it. */
export interface Current {
  readonly index: number | undefined;
  /** Makes a row the current one. */
  readonly choose: (index: number) => void;
  /** The same, and puts the focus there as soon as it is on the page. */
  readonly focus: (index: number) => void;
}

/**
 * Which row is the current one. It stays with its job when the list moves, and keeps the focus when what is known of it
 * changes.
 */
export function useCurrent(scroller: RefObject<HTMLElement | null>, list: RowList): Current {
  const [chosen, setChosen] = useState<{ readonly index: number; readonly id: string | undefined }>();
  const index = useMemo(() => {
    if (chosen === undefined) return undefined;
    return (chosen.id === undefined ? undefined : indexOf(list, chosen.id)) ?? chosen.index;
  }, [list, chosen]);

  const isWanted = useRef(false);
  const holder = useRef<Element>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onFocus = ({ target }: FocusEvent) => {
      holder.current = target as Element;
    };
    const onBlur = ({ target }: FocusEvent) => {
      // A row that is replaced loses the focus as well, which nobody wanted; which it is, is seen a moment later.
      setTimeout(() => {
        if (holder.current === target && (target as Element).isConnected) holder.current = undefined;
      });
    };
    element.addEventListener('focusin', onFocus);
    element.addEventListener('focusout', onBlur);
    return () => {
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('focusout', onBlur);
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const isLost = holder.current?.isConnected === false && document.activeElement === document.body;
    if (index === undefined || !(isWanted.current || isLost)) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    row?.focus({ preventScroll: true });
    if (row) isWanted.current = false;
  });

  const choose = (next: number) => setChosen({ index: next, id: rowAt(list, next)?.id });
  const focus = (next: number) => {
    isWanted.current = true;
    choose(next);
  };
  return { index, choose, focus };
}
