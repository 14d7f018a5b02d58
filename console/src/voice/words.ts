import { createRoom, type Translated } from '../words/room.ts';

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

export const useVoiceWords = createRoom('voice', { en, zh });
