import type { Failure } from '../client/failure.ts';
import type { IconName } from './icons.tsx';
import type { Tone } from './notice.tsx';
import type { useNoticeTexts } from './texts.ts';

type Translate = ReturnType<typeof useNoticeTexts>;

/** What could not be loaded. */
export type Subject = 'jobs' | 'voices';

/** Appearance and texts of a failure. */
export interface Appearance {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: Parameters<Translate>[0];
  readonly text: Parameters<Translate>[0];
}

const APPEARANCES = {
  rejected: { tone: 'error', icon: 'barred', title: 'rejectedTitle', text: 'rejectedText' },
  outdated: { tone: 'warning', icon: 'refresh', title: 'outdatedTitle', text: 'outdatedText' },
  denied: { tone: 'error', icon: 'shield', title: 'deniedTitle', text: 'deniedText' },
  notFound: { tone: 'info', icon: 'missing', title: 'notFoundTitle', text: 'notFoundText' },
  signedOut: { tone: 'info', icon: 'key', title: 'signInTitle', text: 'signInText' },
} as const satisfies Readonly<Record<string, Appearance>>;

/** Selects tone, icon and texts for a failure. */
export function appearanceOf(failure: Failure, subject: Subject): Appearance {
  switch (failure.kind) {
    case 'denied':
      return subject === 'voices'
        ? { ...APPEARANCES.denied, title: 'deniedVoicesTitle', text: 'deniedVoicesText' }
        : APPEARANCES.denied;
    case 'notFound':
      return subject === 'voices'
        ? { ...APPEARANCES.notFound, title: 'notFoundVoiceTitle' }
        : APPEARANCES.notFound;
    case 'throttled':
      return {
        tone: 'warning',
        icon: 'clock',
        title: 'throttledTitle',
        text: failure.by === 'upstream' ? 'throttledByUpstream' : 'throttledByGateway',
      };
    case 'unavailable':
      return failure.who === 'identity'
        ? { tone: 'warning', icon: 'key', title: 'uncheckedTitle', text: 'uncheckedText' }
        : { tone: 'warning', icon: 'cloudOff', title: 'unavailableTitle', text: 'unavailableText' };
    case 'unreachable':
      return navigator.onLine
        ? { tone: 'warning', icon: 'unplugged', title: 'unreachableTitle', text: 'unreachableText' }
        : { tone: 'warning', icon: 'unplugged', title: 'offlineTitle', text: 'offlineText' };
    case 'unknown':
      return {
        tone: 'error',
        icon: 'alert',
        title: 'unknownTitle',
        text: failure.requestId === undefined ? 'unknownTextWithoutId' : 'unknownText',
      };
    default:
      return APPEARANCES[failure.kind];
  }
}
