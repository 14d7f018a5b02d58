import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const STORAGE_KEY = 'console-theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const systemTheme = (): Theme => (systemDark.matches ? 'dark' : 'light');
const current = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? systemTheme();

function apply(theme: Theme | undefined): void {
  if (theme === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

/** Applies the theme that was chosen in this browser; without one the system's setting applies. */
export function rememberTheme(): void {
  const stored = localStorage.getItem(STORAGE_KEY);
  if (stored === 'light' || stored === 'dark') apply(stored);
}

/** Changes the theme. Choosing the system's setting removes the choice, so that the page follows the system again. */
export function chooseTheme(theme: Theme): void {
  const isChoice = theme !== systemTheme();
  if (isChoice) localStorage.setItem(STORAGE_KEY, theme);
  else localStorage.removeItem(STORAGE_KEY);
  apply(isChoice ? theme : undefined);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  systemDark.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    systemDark.removeEventListener('change', listener);
  };
}

/** The current theme. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, current);
