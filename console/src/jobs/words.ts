import { createRoom, type Translated } from '../words/room.ts';

export const en = {
  jobs: 'Voice jobs',
  toStart: 'To the newest job',
  toEnd: 'To the oldest job',
  newJobs_one: '{{count}} new job',
  newJobs_other: '{{count}} new jobs',
  moreNewJobs: 'More than {{count}} new jobs',
  show: 'Show',
  deleted: 'Deleted',
  lost: 'Live updates are interrupted since {{time}}. They go on by themselves when the connection is back.',
  help: 'Arrow keys move from job to job, Enter opens one, Home and End lead to the newest and the oldest.',
} as const;

export const zh: Translated<typeof en> = {
  jobs: '声音复刻任务',
  toStart: '到最新的任务',
  toEnd: '到最早的任务',
  newJobs_other: '{{count}} 个新任务',
  moreNewJobs: '超过 {{count}} 个新任务',
  show: '显示',
  deleted: '已删除',
  lost: '实时更新自 {{time}} 起中断，连接恢复后会自动继续。',
  help: '用方向键在任务间移动，按 Enter 打开任务，按 Home 和 End 到最新和最早的任务。',
};

export const useJobsWords = createRoom('jobs', { en, zh });
