import { createNamespace, type Translated } from '../i18n/namespace.ts';

export const en = {
  INITIALIZATION: 'Initialization',
  AUDIO_DETECTING: 'Audio detection',
  PRE_TRAINING: 'Pre-training',
  TRAINING: 'Training',
  SUCCESS: 'Success',
  FAIL: 'Failed',
  unknownStatus: 'Unknown status',
  failedIn: 'Failed in {{step}}',
  place: ', step {{number}} of {{count}}',
  steps: 'Job progress',
  done: 'done',
  current: 'in progress',
  failed: 'failed',
  pending: 'pending',
  unknown: 'unknown',
  message: 'Message',
} as const;

export const zh: Translated<typeof en> = {
  INITIALIZATION: '初始化',
  AUDIO_DETECTING: '音频检测',
  PRE_TRAINING: '预训练',
  TRAINING: '训练中',
  SUCCESS: '成功',
  FAIL: '失败',
  unknownStatus: '未知状态',
  failedIn: '失败于“{{step}}”',
  place: '，第 {{number}} 步，共 {{count}} 步',
  steps: '任务进度',
  done: '已完成',
  current: '进行中',
  failed: '失败',
  pending: '未开始',
  unknown: '未知',
  message: '消息',
};

export const useStatusTexts = createNamespace('status', { en, zh });
