import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  voices: 'Voices',
  toStart: 'First',
  toEnd: 'Last',
  help: 'Arrow keys move between voices, Enter opens a voice, Home and End go to the first and the last.',
} as const;

export const zh: Translated<typeof en> = {
  voices: '声音',
  toStart: '第一个',
  toEnd: '最后一个',
  help: '用方向键在声音间移动，按 Enter 打开声音，按 Home 和 End 转到第一个和最后一个声音。',
};

export const useVoicesTexts = createNamespace('voices', { en, zh });
