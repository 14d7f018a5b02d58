import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { onCredential } from '../client/credentials.ts';
import { failureOf } from '../client/failure.ts';
import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobVoiceDocument, JobVoiceJobFragmentDoc, JobVoiceVoiceFragmentDoc } from '../generated/graphql.ts';
import { appearanceOf } from '../notices/failure-texts.ts';
import { Loading, Skeleton } from '../notices/skeleton.tsx';
import { useNoticeTexts } from '../notices/texts.ts';
import { Field, Fields, IdField, ObjectLink, Section } from '../panel/fields.tsx';
import styles from '../panel/panel.module.css';
import controls from '../style/controls.module.css';
import { useJobTexts } from './texts.ts';

interface JobVoiceProps {
  readonly job: FragmentType<typeof JobVoiceJobFragmentDoc>;
  /** Opens the voice by its global id. */
  readonly onVoice: (id: string) => void;
}

/**
 * The voice that a job produced. Loaded by a request of its own once the job has succeeded: it costs an upstream call,
 * and the rest of the panel neither waits for it nor fails with it.
 */
export function JobVoice({ job, onVoice }: JobVoiceProps) {
  const { id, status } = readFragment(JobVoiceJobFragmentDoc, job);
  const t = useJobTexts();
  return (
    <Section title={t('voice')}>
      {status === 'SUCCESS' ? (
        <ProducedVoice jobId={id} onVoice={onVoice} />
      ) : (
        <p className={styles.aside}>{t(status === 'FAIL' ? 'voiceNever' : 'voiceLater')}</p>
      )}
    </Section>
  );
}

function ProducedVoice({
  jobId,
  onVoice,
}: {
  readonly jobId: string;
  readonly onVoice: (id: string) => void;
}) {
  const t = useJobTexts();
  const { data, error, loading, refetch } = useQuery(JobVoiceDocument, {
    variables: { id: jobId },
    fetchPolicy: 'network-only',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });
  const retry = () => {
    // The query result reports the error as well.
    refetch().catch(() => undefined);
  };
  const retryAfterSignIn = useEffectEvent(retry);
  useEffect(() => onCredential(retryAfterSignIn), []);

  if (error !== undefined) return <VoiceFailure error={error} busy={loading} onRetry={retry} />;
  const voice =
    data?.node?.__typename === 'CustomizedVoiceJob'
      ? readFragment(JobVoiceVoiceFragmentDoc, data.node.voice)
      : undefined;
  if (voice === null) return <p className={styles.aside}>{t('voiceNone')}</p>;
  if (voice === undefined) {
    if (!loading) return null;
    return (
      <>
        <Loading />
        <Skeleton />
      </>
    );
  }
  return (
    <Fields>
      <Field name={t('voiceName')}>
        <ObjectLink name="voice" id={voice.id} onOpen={onVoice}>
          {voice.voiceName || t('unnamed')}
        </ObjectLink>
      </Field>
      <Field name={t('demoAudioMediaId')}>
        {voice.demoAudioMediaId && <IdField id={voice.demoAudioMediaId} what={t('demoAudioMediaId')} />}
      </Field>
    </Fields>
  );
}

interface VoiceFailureProps {
  readonly error: object;
  readonly busy: boolean;
  readonly onRetry: () => void;
}

/** Says in one sentence why the voice is missing; the job itself is unaffected. */
function VoiceFailure({ error, busy, onRetry }: VoiceFailureProps) {
  const t = useJobTexts();
  const tNotice = useNoticeTexts();
  const failure = failureOf(error);
  const { title, text } = appearanceOf(failure, 'voices');
  const isFinal = failure.kind === 'denied' || failure.kind === 'rejected';
  return (
    <>
      <p className={styles.aside} role="status">
        {isFinal ? `${tNotice(title)}. ${tNotice(text)}` : `${t('voiceUnread')} ${tNotice(title)}.`}
      </p>
      {!isFinal && (
        <button
          type="button"
          className={`${controls.button} ${styles.again}`}
          aria-disabled={busy}
          onClick={() => {
            if (!busy) onRetry();
          }}
        >
          {tNotice(busy ? 'retrying' : 'tryAgain')}
        </button>
      )}
    </>
  );
}
