import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  position: '{{from}}–{{to}} of {{total}}',
  about: 'About {{from}}–{{to}} of {{total}}',
  loading: 'Loading',
} as const;

export const zh: Translated<typeof en> = {
  position: '第 {{from}}–{{to}} 条，共 {{total}} 条',
  about: '约第 {{from}}–{{to}} 条，共 {{total}} 条',
  loading: '正在加载',
};

export const useTableTexts = createNamespace('table', { en, zh });
