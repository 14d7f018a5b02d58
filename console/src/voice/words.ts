import { createRoom, type Translated } from '../words/room.ts';

export const en = {
  voice: 'Voice',
  link: 'link to this voice',
  jobs: 'Jobs that produced it',
  jobsNote: 'Among the jobs that this tab has loaded. There may be others.',
  jobsNone: 'None of the jobs that this tab has loaded produced it.',
} as const;

export const zh: Translated<typeof en> = {
  voice: '声音',
  link: '此声音的链接',
  jobs: '生成此声音的任务',
  jobsNote: '仅限本标签页已加载的任务，可能还有其他任务。',
  jobsNone: '本标签页已加载的任务中，没有生成此声音的任务。',
};

export const useVoiceWords = createRoom('voice', { en, zh });
