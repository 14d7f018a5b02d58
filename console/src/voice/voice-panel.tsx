import { useFragment, useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useMemo } from 'react';
import { onCredential } from '../client/credentials.ts';
import { VoiceByIdDocument, VoicePanelVoiceFragmentDoc } from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { knownJobsOf } from '../jobs/live-rows.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Fact, FactId, Facts, ObjectLink, Section, Waiting } from '../panel/facts.tsx';
import styles from '../panel/panel.module.css';
import { PanelParts } from '../panel/panel.tsx';
import { failureOfObject, useReadTime } from '../panel/use-object.ts';
import { usePanelWords } from '../panel/words.ts';
import { useVoiceWords } from './words.ts';

interface VoicePanelProps {
  /** The global id of the voice. */
  readonly id: string;
  /** Opens a job, by its global id. */
  readonly onJob: (id: string) => void;
}

/** One voice: every field of it, and the jobs of this tab that produced it. What the list has of it is there at once. */
export function VoicePanel({ id, onJob }: VoicePanelProps) {
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
    // What it fails with comes by the query as well.
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
          <Producers voiceId={voice.voiceId} onJob={onJob} />
        </>
      )}
      {voice === undefined && failure === undefined && <Waiting />}
    </PanelParts>
  );
}

/** The jobs with this voice among those that were loaded here: the upstream cannot be asked for them. */
function Producers({ voiceId, onJob }: { readonly voiceId: string; readonly onJob: (id: string) => void }) {
  const say = useVoiceWords();
  const jobs = useMemo(() => knownJobsOf(voiceId), [voiceId]);
  return (
    <Section title={say('jobs')}>
      {jobs.length > 0 && (
        <ul className={styles.links}>
          {jobs.map(({ id, jobId }) => (
            <li key={id}>
              <ObjectLink name="job" id={id} onOpen={onJob}>
                {jobId}
              </ObjectLink>
            </li>
          ))}
        </ul>
      )}
      <p className={styles.note}>{say(jobs.length > 0 ? 'jobsNote' : 'jobsNone')}</p>
    </Section>
  );
}
