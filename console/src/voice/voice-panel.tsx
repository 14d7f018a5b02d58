import { useFragment, useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { onCredential } from '../client/credentials.ts';
import { VoiceByIdDocument, VoicePanelVoiceFragmentDoc } from '../generated/graphql.ts';
import { useJobTexts } from '../job/texts.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Field, Fields, IdField, PanelSkeleton, Section } from '../panel/fields.tsx';
import styles from '../panel/panel.module.css';
import { PanelParts } from '../panel/panel.tsx';
import { usePanelTexts } from '../panel/texts.ts';
import { failureOfObject, useReadTime } from '../panel/use-object.ts';
import controls from '../style/controls.module.css';
import { useVoiceTexts } from './texts.ts';

interface VoicePanelProps {
  /** Global id of the voice. */
  readonly id: string;
  /** Shows the jobs that contain a text. */
  readonly onFindJobs: (text: string) => void;
}

/** Panel of a voice: its fields, and a search for its jobs. Shows the cached voice of the list at once. */
export function VoicePanel({ id, onFindJobs }: VoicePanelProps) {
  const t = useVoiceTexts();
  const tJob = useJobTexts();
  const tPanel = usePanelTexts();
  const query = useQuery(VoiceByIdDocument, {
    variables: { id },
    fetchPolicy: 'network-only',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });
  const { data, complete } = useFragment({
    fragment: VoicePanelVoiceFragmentDoc,
    fragmentName: 'VoicePanelVoice',
    from: { __typename: 'CustomizedVoice', id },
  });
  const voice = complete ? data : undefined;
  const failure = failureOfObject(query);
  const readMs = useReadTime(query);
  const retry = () => {
    // The query result reports the error as well.
    query.refetch().catch(() => undefined);
  };
  const retryAfterSignIn = useEffectEvent(retry);
  useEffect(() => onCredential(retryAfterSignIn), []);
  return (
    <PanelParts
      kind={t('voice')}
      title={voice && (voice.voiceName || tJob('unnamed'))}
      link={{ name: 'voice', id, what: t('link') }}
      busy={query.loading}
    >
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          subject="voices"
          busy={query.loading}
          onRetry={failure.kind === 'notFound' ? undefined : retry}
          shown={voice === undefined ? undefined : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {voice !== undefined && (
        <>
          <Section title={tPanel('details')}>
            <Fields>
              <Field name={tJob('voiceName')}>{voice.voiceName}</Field>
              <Field name={tJob('voiceDesc')}>{voice.voiceDesc}</Field>
              <Field name={tJob('type')}>{voice.type && tJob(voice.type)}</Field>
              <Field name={tJob('gender')}>{voice.gender && tJob(voice.gender)}</Field>
              <Field name={tJob('scenario')}>{voice.scenario && tJob(voice.scenario)}</Field>
              <Field name={tJob('demoAudioMediaId')}>
                {voice.demoAudioMediaId && (
                  <IdField id={voice.demoAudioMediaId} what={tJob('demoAudioMediaId')} />
                )}
              </Field>
              <Field name={tJob('voiceId')}>
                <IdField id={voice.voiceId} what={tJob('voiceId')} />
              </Field>
              <Field name={tJob('globalId')}>
                <IdField id={voice.id} what={tJob('globalId')} />
              </Field>
            </Fields>
          </Section>
          <button
            type="button"
            className={`${controls.button} ${styles.find}`}
            onClick={() => onFindJobs(voice.voiceId)}
          >
            {t('findJobs')}
          </button>
        </>
      )}
      {voice === undefined && failure === undefined && <PanelSkeleton />}
    </PanelParts>
  );
}
