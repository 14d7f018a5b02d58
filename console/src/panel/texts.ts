import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  close: 'Close',
  details: 'Details',
} as const;

export const zh: Translated<typeof en> = {
  close: '关闭',
  details: '详细信息',
};

export const usePanelTexts = createNamespace('panel', { en, zh });
