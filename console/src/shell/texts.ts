import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  title: 'Voice cloning',
  edition: 'Edition',
  basic: 'Basic',
  standard: 'Standard',
  all: 'All',
  view: 'View',
  jobs: 'Jobs',
  voices: 'Voices',
  charts: 'Charts',
  /** In the language that it switches to. */
  otherLanguage: '中文',
  toDark: 'Dark theme',
  toLight: 'Light theme',
  signOut: 'Sign out',
} as const;

export const zh: Translated<typeof en> = {
  title: '声音复刻',
  edition: '版本',
  basic: '基础版',
  standard: '标准版',
  all: '全部',
  view: '视图',
  jobs: '任务',
  voices: '声音',
  charts: '图表',
  otherLanguage: 'English',
  toDark: '深色主题',
  toLight: '浅色主题',
  signOut: '退出登录',
};

export const useShellTexts = createNamespace('shell', { en, zh });
