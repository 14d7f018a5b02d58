import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobFieldsJobFragmentDoc } from '../generated/graphql.ts';
import { Field, Fields, IdField, RawField } from '../panel/fields.tsx';
import { Timestamp } from '../panel/timestamp.tsx';
import { useJobTexts } from './texts.ts';

/** All fields of a job, including missing ones. */
export function JobFields({ job }: { readonly job: FragmentType<typeof JobFieldsJobFragmentDoc> }) {
  const facts = readFragment(JobFieldsJobFragmentDoc, job);
  const t = useJobTexts();
  const { voiceName, voiceDesc, type, rawType, gender, scenario, voiceId, jobId, id } = facts;
  const { createTime, gmtCreate } = facts;
  return (
    <Fields>
      <Field name={t('voiceName')}>{voiceName}</Field>
      <Field name={t('voiceDesc')}>{voiceDesc}</Field>
      <Field name={t('type')}>{type ? t(type) : rawType && <RawField>{rawType}</RawField>}</Field>
      <Field name={t('gender')}>{gender && t(gender)}</Field>
      <Field name={t('scenario')}>{scenario && t(scenario)}</Field>
      <Field name={t('createTime')}>{createTime && <Timestamp at={createTime} />}</Field>
      <Field name={t('gmtCreate')}>{gmtCreate && <Timestamp at={gmtCreate} />}</Field>
      <Field name={t('voiceId')}>{voiceId && <IdField id={voiceId} what={t('voiceId')} />}</Field>
      <Field name={t('jobId')}>
        <IdField id={jobId} what={t('jobId')} />
      </Field>
      <Field name={t('globalId')}>
        <IdField id={id} what={t('globalId')} />
      </Field>
    </Fields>
  );
}
