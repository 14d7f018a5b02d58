import { useState } from 'react';
import { apollo } from '../client/apollo.ts';
import { failureOf } from '../client/failure.ts';
import { type CsvJobFragment, CsvJobFragmentDoc } from '../generated/graphql.ts';
import { useFormats } from '../i18n/use-formats.ts';
import { announce } from '../notices/announce.ts';
import { appearanceOf } from '../notices/failure-texts.ts';
import { Icon } from '../notices/icons.tsx';
import { useNoticeTexts } from '../notices/texts.ts';
import controls from '../style/controls.module.css';
import styles from '../table/list-view.module.css';
import { saveFile, toCsv } from './csv.ts';
import { useFilterTexts } from './texts.ts';

/** Reads the global ids of a list from its start, page by page. */
export type ReadIds = () => AsyncIterable<readonly string[]>;

/** Maximum number of rows in a file. Each hundred costs one upstream call. */
export const MAX_EXPORTED = 10_000;

/** Exported fields of a job, in the order of the columns. */
const COLUMNS = [
  'jobId',
  'voiceId',
  'voiceName',
  'voiceDesc',
  'status',
  'rawStatus',
  'message',
  'type',
  'rawType',
  'gender',
  'scenario',
  'createTime',
  'gmtCreate',
] as const satisfies readonly (keyof CsvJobFragment)[];

interface ExportButtonProps {
  readonly readIds: ReadIds;
  /** File name without extension. */
  readonly fileName: string;
}

/** Button that reads the list to its end and downloads it as CSV. Shows the progress meanwhile. */
export function ExportButton({ readIds, fileName }: ExportButtonProps) {
  const t = useFilterTexts();
  const tNotice = useNoticeTexts();
  const formats = useFormats();
  const [text, setText] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const run = async () => {
    const ids: string[] = [];
    let isPart = false;
    for await (const page of readIds()) {
      isPart = ids.length + page.length > MAX_EXPORTED;
      if (isPart) break;
      ids.push(...page);
      setText(t('exporting', { read: formats.number(ids.length) }));
    }
    const jobs = ids.flatMap((id) => readJob(id) ?? []);
    const rows = jobs.map((job) => COLUMNS.map((column) => job[column]));
    saveFile(`${fileName}.csv`, 'text/csv;charset=utf-8', toCsv({ columns: COLUMNS, rows }));
    return isPart
      ? t('exportedPart', { read: formats.number(jobs.length) })
      : t('exported', { count: jobs.length });
  };
  const onClick = async () => {
    if (isBusy) return;
    setBusy(true);
    const done = await run().catch((error: unknown) =>
      t('exportFailed', { reason: tNotice(appearanceOf(failureOf(error), 'jobs').title) }),
    );
    setText(done);
    announce(done);
    setBusy(false);
  };
  return (
    <>
      {text !== undefined && <span className={styles.exported}>{text}</span>}
      <button
        type="button"
        className={controls.icon}
        aria-label={t('csv')}
        title={t('csv')}
        aria-disabled={isBusy}
        onClick={() => void onClick()}
      >
        <Icon name="download" />
      </button>
    </>
  );
}

function readJob(id: string): CsvJobFragment | null {
  return apollo.cache.readFragment({
    id: apollo.cache.identify({ __typename: 'CustomizedVoiceJob', id }) ?? '',
    fragment: CsvJobFragmentDoc,
    fragmentName: 'CsvJob',
  });
}
