import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { indexOf, type RowList, rowAt } from '../list/list.ts';

/** The row that the Tab key focuses, from which arrow keys move (roving tabindex). */
export interface CurrentRow {
  readonly index: number | undefined;
  /** Makes a row the current one. */
  readonly choose: (index: number) => void;
  /** The same, and focuses it when it is rendered. */
  readonly focus: (index: number) => void;
}

/** The current row. It follows its object when the list moves, and keeps the focus when its row is rendered again. */
export function useCurrentRow(scroller: RefObject<HTMLElement | null>, list: RowList): CurrentRow {
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
      // A replaced row loses the focus too; only a moment later is it clear where the focus went.
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
