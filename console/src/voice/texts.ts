import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  voice: 'Voice',
  link: 'link to this voice',
  findJobs: 'Find jobs with this voice ID',
} as const;

export const zh: Translated<typeof en> = {
  voice: '声音',
  link: '此声音的链接',
  findJobs: '查找使用此声音 ID 的任务',
};

export const useVoiceTexts = createNamespace('voice', { en, zh });
