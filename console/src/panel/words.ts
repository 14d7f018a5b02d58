import { createRoom, type Translated } from '../words/room.ts';

export const en = {
  close: 'Close',
  details: 'Details',
} as const;

export const zh: Translated<typeof en> = {
  close: '关闭',
  details: '详细信息',
};

export const usePanelWords = createRoom('panel', { en, zh });
