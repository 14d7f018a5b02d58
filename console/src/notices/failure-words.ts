import type { Failure } from '../client/failure.ts';
import type { IconName } from './icons.tsx';
import type { Tone } from './notice.tsx';
import type { useNoticeWords } from './words.ts';

type Say = ReturnType<typeof useNoticeWords>;

/** What could not be loaded. */
export type Subject = 'jobs' | 'voices';

/** Appearance and texts of a failure. */
export interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: Parameters<Say>[0];
  readonly text: Parameters<Say>[0];
}

const LOOKS = {
  refused: { tone: 'grave', icon: 'barred', title: 'refusedTitle', text: 'refusedText' },
  outdated: { tone: 'passing', icon: 'refresh', title: 'outdatedTitle', text: 'outdatedText' },
  denied: { tone: 'grave', icon: 'shield', title: 'deniedTitle', text: 'deniedText' },
  gone: { tone: 'calm', icon: 'missing', title: 'goneTitle', text: 'goneText' },
  signedOut: { tone: 'calm', icon: 'key', title: 'signInTitle', text: 'signInText' },
} as const satisfies Readonly<Record<string, Look>>;

/** Selects tone, icon and texts for a failure. */
export function lookOf(failure: Failure, subject: Subject): Look {
  switch (failure.kind) {
    case 'denied':
      return subject === 'voices'
        ? { ...LOOKS.denied, title: 'deniedVoicesTitle', text: 'deniedVoicesText' }
        : LOOKS.denied;
    case 'gone':
      return subject === 'voices' ? { ...LOOKS.gone, title: 'goneVoiceTitle' } : LOOKS.gone;
    case 'throttled':
      return {
        tone: 'passing',
        icon: 'clock',
        title: 'throttledTitle',
        text: failure.by === 'upstream' ? 'throttledByUpstream' : 'throttledByGateway',
      };
    case 'away':
      return failure.who === 'identity'
        ? { tone: 'passing', icon: 'key', title: 'uncheckedTitle', text: 'uncheckedText' }
        : { tone: 'passing', icon: 'cloudOff', title: 'awayTitle', text: 'awayText' };
    case 'unreachable':
      return navigator.onLine
        ? { tone: 'passing', icon: 'unplugged', title: 'unreachableTitle', text: 'unreachableText' }
        : { tone: 'passing', icon: 'unplugged', title: 'offlineTitle', text: 'offlineText' };
    case 'unknown':
      return {
        tone: 'grave',
        icon: 'alert',
        title: 'unknownTitle',
        text: failure.requestId === undefined ? 'unknownTextWithoutId' : 'unknownText',
      };
    default:
      return LOOKS[failure.kind];
  }
}
