/** The row that a key moves to; undefined for other keys. */
export function rowByKey(key: string, current: number, count: number, page: number): number | undefined {
  const last = count - 1;
  const to = (index: number) => Math.max(0, Math.min(last, index));
  switch (key) {
    case 'ArrowDown':
      return to(current + 1);
    case 'ArrowUp':
      return to(current - 1);
    case 'PageDown':
      return to(current + page);
    case 'PageUp':
      return to(current - page);
    case 'Home':
      return 0;
    case 'End':
      return to(last);
    default:
      return undefined;
  }
}
