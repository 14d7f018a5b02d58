import { createRoom, type Translated } from './room.ts';

export const en = {
  missing: 'not said',
  raw: 'As the service wrote it. This page does not know the value.',
} as const;

export const zh: Translated<typeof en> = {
  missing: '未提供',
  raw: '服务返回的原值，本页面不认识此值。',
};

/** What is said about values that are missing or unknown, wherever they stand. */
export const useValueWords = createRoom('values', { en, zh });
