import { createRoom, type Translated } from '../words/room.ts';

export const en = {
  voices: 'Voices',
  toStart: 'To the first voice',
  toEnd: 'To the last voice',
  help: 'Arrow keys move from voice to voice, Enter opens one, Home and End lead to the first and the last.',
} as const;

export const zh: Translated<typeof en> = {
  voices: '声音',
  toStart: '到第一个声音',
  toEnd: '到最后一个声音',
  help: '用方向键在声音间移动，按 Enter 打开声音，按 Home 和 End 到第一个和最后一个声音。',
};

export const useVoicesWords = createRoom('voices', { en, zh });
