import { useFragment, useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { onCredential } from '../client/credentials.ts';
import { VoiceByIdDocument, VoicePanelVoiceFragmentDoc } from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Fact, FactId, Facts, Section, Waiting } from '../panel/facts.tsx';
import styles from '../panel/panel.module.css';
import { PanelParts } from '../panel/panel.tsx';
import { failureOfObject, useReadTime } from '../panel/use-object.ts';
import { usePanelWords } from '../panel/words.ts';
import controls from '../style/controls.module.css';
import { useVoiceWords } from './words.ts';

interface VoicePanelProps {
  /** Global id of the voice. */
  readonly id: string;
  /** Shows the jobs that contain a text. */
  readonly onFindJobs: (text: string) => void;
}

/** Panel of a voice: its fields, and a search for its jobs. Shows the cached voice of the list at once. */
export function VoicePanel({ id, onFindJobs }: VoicePanelProps) {
  const say = useVoiceWords();
  const sayJob = useJobWords();
  const sayPanel = usePanelWords();
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
  const askAnew = useEffectEvent(retry);
  useEffect(() => onCredential(askAnew), []);
  return (
    <PanelParts
      kind={say('voice')}
      title={voice && (voice.voiceName || sayJob('unnamed'))}
      link={{ name: 'voice', id, what: say('link') }}
      busy={query.loading}
    >
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          subject="voices"
          busy={query.loading}
          onRetry={failure.kind === 'gone' ? undefined : retry}
          shown={voice === undefined ? undefined : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {voice !== undefined && (
        <>
          <Section title={sayPanel('details')}>
            <Facts>
              <Fact name={sayJob('voiceName')}>{voice.voiceName}</Fact>
              <Fact name={sayJob('voiceDesc')}>{voice.voiceDesc}</Fact>
              <Fact name={sayJob('type')}>{voice.type && sayJob(voice.type)}</Fact>
              <Fact name={sayJob('gender')}>{voice.gender && sayJob(voice.gender)}</Fact>
              <Fact name={sayJob('scenario')}>{voice.scenario && sayJob(voice.scenario)}</Fact>
              <Fact name={sayJob('demoAudioMediaId')}>
                {voice.demoAudioMediaId && (
                  <FactId id={voice.demoAudioMediaId} what={sayJob('demoAudioMediaId')} />
                )}
              </Fact>
              <Fact name={sayJob('voiceId')}>
                <FactId id={voice.voiceId} what={sayJob('voiceId')} />
              </Fact>
              <Fact name={sayJob('globalId')}>
                <FactId id={voice.id} what={sayJob('globalId')} />
              </Fact>
            </Facts>
          </Section>
          <button
            type="button"
            className={`${controls.button} ${styles.find}`}
            onClick={() => onFindJobs(voice.voiceId)}
          >
            {say('findJobs')}
          </button>
        </>
      )}
      {voice === undefined && failure === undefined && <Waiting />}
    </PanelParts>
  );
}
