import { createNamespace, type Translated } from './namespace.ts';

export const en = {
  missing: 'No value',
  raw: 'Value as sent by the service. This version of the console does not know it.',
} as const;

export const zh: Translated<typeof en> = {
  missing: '无',
  raw: '服务返回的原始值，此版本的控制台无法识别。',
};

/** Texts for missing and unknown values. */
export const useValueTexts = createNamespace('values', { en, zh });
