import type { Failure } from '../client/failure.ts';
import { useFormats } from '../i18n/use-formats.ts';
import { useMinute } from '../i18n/use-minute.ts';
import controls from '../style/controls.module.css';
import { Countdown } from './countdown.tsx';
import { appearanceOf, type Subject } from './failure-texts.ts';
import { Notice } from './notice.tsx';
import { SignIn } from './sign-in.tsx';
import { SupportIds } from './support-ids.tsx';
import { useNoticeTexts } from './texts.ts';
import { useRetries } from './use-retries.ts';

/** What the page shows despite the failure. */
export type ShownData =
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
  readonly shown?: ShownData | undefined;
}

/**
 * Notice of a failure: what happened, what to do, and the ids for support. Retries automatically where waiting helps;
 * shows the sign-in form when a credential is missing.
 */
export function FailureNotice(props: FailureNoticeProps) {
  const { failure } = props;
  return failure.kind === 'signedOut' ? <SignIn failure={failure} /> : <RetryableFailure {...props} />;
}

const NOTHING_SHOWN: ShownData = { what: 'nothing' };

function RetryableFailure({
  failure,
  subject,
  onRetry,
  busy = false,
  shown = NOTHING_SHOWN,
}: FailureNoticeProps) {
  const t = useNoticeTexts();
  const dueMs = useRetries(failure, onRetry, busy);
  const { tone, icon, title, text } = appearanceOf(failure, subject);
  const isPart = shown.what === 'part';
  const isFinal = failure.kind === 'rejected' || failure.kind === 'notFound';

  return (
    <Notice
      form={shown.what === 'nothing' ? 'page' : 'banner'}
      tone={isPart ? 'warning' : tone}
      icon={icon}
      title={isPart ? t('partTitle') : t(title)}
      text={
        <>
          {isPart ? `${t('partText')} ${t(title)}.` : t(text)}
          {shown.what === 'stale' && <Staleness sinceMs={shown.sinceMs} />}
        </>
      }
      actions={
        failure.kind === 'outdated' ? (
          <button type="button" className={controls.primary} onClick={() => location.reload()}>
            {t('reload')}
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
              {busy ? t('retrying') : dueMs === undefined ? t('tryAgain') : t('retryNow')}
            </button>
            {dueMs !== undefined && !busy && <Countdown untilMs={dueMs} />}
          </>
        ) : undefined
      }
    >
      <SupportIds {...failure} />
    </Notice>
  );
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Age of the shown data. */
function Staleness({ sinceMs }: { readonly sinceMs: number | undefined }) {
  const t = useNoticeTexts();
  const formats = useFormats();
  const nowMs = useMinute();
  if (sinceMs === undefined) return ` ${t('stale')}`;
  const ageMs = nowMs - sinceMs;
  const exact = ageMs < DAY ? formats.time(sinceMs) : formats.exact(sinceMs);
  if (ageMs < MINUTE) return ` ${t('staleNow', { exact })}`;
  return ` ${t('staleSince', { exact, relative: formats.relative(sinceMs, nowMs) })}`;
}
