import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const STORAGE_KEY = 'console-theme';
const wish = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const wished = (): Theme => (wish.matches ? 'dark' : 'light');
const now = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? wished();

function show(theme: Theme | undefined): void {
  if (theme === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

/** Applies the theme that was chosen in this browser; without one the system's setting applies. */
export function rememberTheme(): void {
  const kept = localStorage.getItem(STORAGE_KEY);
  if (kept === 'light' || kept === 'dark') show(kept);
}

/** Changes the theme. Choosing the system's setting removes the choice, so that the page follows the system again. */
export function chooseTheme(theme: Theme): void {
  const isChoice = theme !== wished();
  if (isChoice) localStorage.setItem(STORAGE_KEY, theme);
  else localStorage.removeItem(STORAGE_KEY);
  show(isChoice ? theme : undefined);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  wish.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    wish.removeEventListener('change', listener);
  };
}

/** The current theme. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, now);
