import type { ReactNode } from 'react';
import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobFactsJobFragmentDoc } from '../generated/graphql.ts';
import { CopyButton } from '../notices/copy-button.tsx';
import styles from './job.module.css';
import { Moment } from './moment.tsx';
import { useJobWords } from './words.ts';

/** Every field of a job, also those that the upstream left out. */
export function JobFacts({ job }: { readonly job: FragmentType<typeof JobFactsJobFragmentDoc> }) {
  const facts = readFragment(JobFactsJobFragmentDoc, job);
  const say = useJobWords();
  const { voiceName, voiceDesc, type, gender, scenario, voiceId, jobId, id, createTime, gmtCreate } = facts;
  return (
    <dl className={styles.facts}>
      <Fact name={say('voiceName')}>{voiceName}</Fact>
      <Fact name={say('voiceDesc')}>{voiceDesc}</Fact>
      <Fact name={say('type')}>{type && say(type)}</Fact>
      <Fact name={say('gender')}>{gender && say(gender)}</Fact>
      <Fact name={say('scenario')}>{scenario && say(scenario)}</Fact>
      <Fact name={say('createTime')}>{createTime && <Moment at={createTime} />}</Fact>
      <Fact name={say('gmtCreate')}>{gmtCreate && <Moment at={gmtCreate} />}</Fact>
      <Fact name={say('voiceId')}>{voiceId && <Id id={voiceId} what={say('voiceId')} />}</Fact>
      <Fact name={say('jobId')}>
        <Id id={jobId} what={say('jobId')} />
      </Fact>
      <Fact name={say('globalId')}>
        <Id id={id} what={say('globalId')} />
      </Fact>
    </dl>
  );
}

/** A field with its name. Nothing, or an empty text, is said to be just that. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const say = useJobWords();
  const isSaid = children !== null && children !== '';
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{isSaid ? children : <span className={styles.notSaid}>{say('notSaid')}</span>}</dd>
    </div>
  );
}

function Id({ id, what }: { readonly id: string; readonly what: string }) {
  return (
    <span className={styles.id}>
      <code>{id}</code>
      <CopyButton text={id} what={what} />
    </span>
  );
}
