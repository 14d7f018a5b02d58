import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobFactsJobFragmentDoc } from '../generated/graphql.ts';
import { Fact, FactId, Facts, RawFact } from '../panel/facts.tsx';
import { Moment } from '../panel/moment.tsx';
import { useJobWords } from './words.ts';

/** All fields of a job, including missing ones. */
export function JobFacts({ job }: { readonly job: FragmentType<typeof JobFactsJobFragmentDoc> }) {
  const facts = readFragment(JobFactsJobFragmentDoc, job);
  const say = useJobWords();
  const { voiceName, voiceDesc, type, rawType, gender, scenario, voiceId, jobId, id } = facts;
  const { createTime, gmtCreate } = facts;
  return (
    <Facts>
      <Fact name={say('voiceName')}>{voiceName}</Fact>
      <Fact name={say('voiceDesc')}>{voiceDesc}</Fact>
      <Fact name={say('type')}>{type ? say(type) : rawType && <RawFact>{rawType}</RawFact>}</Fact>
      <Fact name={say('gender')}>{gender && say(gender)}</Fact>
      <Fact name={say('scenario')}>{scenario && say(scenario)}</Fact>
      <Fact name={say('createTime')}>{createTime && <Moment at={createTime} />}</Fact>
      <Fact name={say('gmtCreate')}>{gmtCreate && <Moment at={gmtCreate} />}</Fact>
      <Fact name={say('voiceId')}>{voiceId && <FactId id={voiceId} what={say('voiceId')} />}</Fact>
      <Fact name={say('jobId')}>
        <FactId id={jobId} what={say('jobId')} />
      </Fact>
      <Fact name={say('globalId')}>
        <FactId id={id} what={say('globalId')} />
      </Fact>
    </Facts>
  );
}
