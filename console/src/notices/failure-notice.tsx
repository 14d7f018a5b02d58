import type { Failure } from '../client/failure.ts';
import controls from '../style/controls.module.css';
import { useMinute } from '../words/minute.ts';
import { useFormats } from '../words/use-formats.ts';
import { Countdown } from './countdown.tsx';
import { lookOf, type Subject } from './failure-words.ts';
import { Notice } from './notice.tsx';
import { useRetries } from './retries.ts';
import { SignIn } from './sign-in.tsx';
import { Traces } from './traces.tsx';
import { useNoticeWords } from './words.ts';

/** What the page shows despite the failure. */
export type Shown =
  | { readonly what: 'nothing' }
  /** Rows that were loaded earlier, and when, if known. */
  | { readonly what: 'stale'; readonly sinceMs?: number | undefined }
  /** The part of the response that came with the errors. */
  | { readonly what: 'part' };

interface FailureNoticeProps {
  readonly failure: Failure;
  /** What could not be loaded. */
  readonly subject: Subject;
  /** Retries: by the button, and automatically where waiting helps. Without it there is no retry. */
  readonly onRetry?: (() => void) | undefined;
  /**
   * Whether a retry is in progress. The notice must stay mounted meanwhile, or the delays start over. @default false
   */
  readonly busy?: boolean | undefined;
  /** @default nothing: the notice takes the place of the data */
  readonly shown?: Shown | undefined;
}

/**
 * Notice of a failure: what happened, what to do, and the ids for support. Retries automatically where waiting helps;
 * shows the sign-in form when a credential is missing.
 */
export function FailureNotice(props: FailureNoticeProps) {
  const { failure } = props;
  return failure.kind === 'signedOut' ? <SignIn failure={failure} /> : <Told {...props} />;
}

const NOTHING: Shown = { what: 'nothing' };

function Told({ failure, subject, onRetry, busy = false, shown = NOTHING }: FailureNoticeProps) {
  const say = useNoticeWords();
  const dueMs = useRetries(failure, onRetry, busy);
  const { tone, icon, title, text } = lookOf(failure, subject);
  const isPart = shown.what === 'part';
  const isFinal = failure.kind === 'refused' || failure.kind === 'gone';

  return (
    <Notice
      form={shown.what === 'nothing' ? 'page' : 'banner'}
      tone={isPart ? 'passing' : tone}
      icon={icon}
      title={isPart ? say('partTitle') : say(title)}
      text={
        <>
          {isPart ? `${say('partText')} ${say(title)}.` : say(text)}
          {shown.what === 'stale' && <Staleness sinceMs={shown.sinceMs} />}
        </>
      }
      actions={
        failure.kind === 'outdated' ? (
          <button type="button" className={controls.primary} onClick={() => location.reload()}>
            {say('reload')}
          </button>
        ) : onRetry !== undefined && !isFinal ? (
          <>
            <button
              type="button"
              className={controls.button}
              aria-disabled={busy}
              onClick={() => {
                if (!busy) onRetry();
              }}
            >
              {busy ? say('trying') : dueMs === undefined ? say('tryAgain') : say('tryNow')}
            </button>
            {dueMs !== undefined && !busy && <Countdown untilMs={dueMs} />}
          </>
        ) : undefined
      }
    >
      <Traces {...failure} />
    </Notice>
  );
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Age of the shown data. */
function Staleness({ sinceMs }: { readonly sinceMs: number | undefined }) {
  const say = useNoticeWords();
  const formats = useFormats();
  const nowMs = useMinute();
  if (sinceMs === undefined) return ` ${say('stale')}`;
  const ageMs = nowMs - sinceMs;
  const exact = ageMs < DAY ? formats.time(sinceMs) : formats.exact(sinceMs);
  if (ageMs < MINUTE) return ` ${say('staleNow', { exact })}`;
  return ` ${say('staleSince', { exact, relative: formats.relative(sinceMs, nowMs) })}`;
}
