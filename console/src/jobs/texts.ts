import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  jobs: 'Voice jobs',
  toStart: 'Newest',
  toEnd: 'Oldest',
  newJobs_one: '{{count}} new job',
  newJobs_other: '{{count}} new jobs',
  moreNewJobs: 'More than {{count}} new jobs',
  show: 'Show',
  deleted: 'Deleted',
  lost: 'Live updates paused at {{time}}. Reconnecting…',
  help: 'Arrow keys move between jobs, Enter opens a job, Home and End go to the newest and the oldest.',
} as const;

export const zh: Translated<typeof en> = {
  jobs: '声音复刻任务',
  toStart: '最新',
  toEnd: '最早',
  newJobs_other: '{{count}} 个新任务',
  moreNewJobs: '超过 {{count}} 个新任务',
  show: '显示',
  deleted: '已删除',
  lost: '实时更新已于 {{time}} 中断，正在重新连接…',
  help: '用方向键在任务间移动，按 Enter 打开任务，按 Home 和 End 转到最新和最早的任务。',
};

export const useJobsTexts = createNamespace('jobs', { en, zh });
