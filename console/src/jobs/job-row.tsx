import { useFragment } from '@apollo/client/react';
import { memo } from 'react';
import { JobRowFragmentDoc } from '../generated/graphql.ts';
import { StatusStepper } from '../status/status-stepper.tsx';
import { Cell } from '../table/cells.tsx';
import { gridOf } from '../table/grid.ts';
import { type RowProps, UnknownRow, useRow } from '../table/row.tsx';
import styles from '../table/table.module.css';
import type { TableKind } from '../table/table.tsx';
import {
  CreatedCell,
  EditionCell,
  GenderCell,
  GmtCreateCell,
  JobIdCell,
  NameCell,
  ScenarioCell,
  VoiceIdCell,
} from './cells.tsx';
import { useIsDeleted } from './row-subscriptions.ts';
import { useJobsTexts } from './texts.ts';

/** Columns of the table, each for one or two fields of a job. */
const grid = gridOf([
  'voiceName',
  'status',
  'type',
  'gender',
  'scenario',
  'createTime',
  'gmtCreate',
  'voiceId',
  'jobId',
]);

/** Table row of one job. Renders again only when its own job changes. */
const JobRow = memo(function JobRow(row: RowProps) {
  const { data, complete } = useFragment({
    fragment: JobRowFragmentDoc,
    fragmentName: 'JobRow',
    from: { __typename: 'CustomizedVoiceJob', id: row.id },
  });
  const { attributes, canCopy } = useRow(row);
  const isDeleted = useIsDeleted(row.id);
  const t = useJobsTexts();
  if (!complete) return <UnknownRow grid={grid} {...row} />;
  return (
    <div {...attributes} data-gone={isDeleted || undefined}>
      <Cell grid={grid} column="voiceName">
        <NameCell job={data} />
      </Cell>
      <Cell grid={grid} column="status">
        {isDeleted ? <span className={styles.deleted}>{t('deleted')}</span> : <StatusStepper job={data} />}
      </Cell>
      <Cell grid={grid} column="type">
        <EditionCell job={data} />
      </Cell>
      <Cell grid={grid} column="gender">
        <GenderCell job={data} />
      </Cell>
      <Cell grid={grid} column="scenario">
        <ScenarioCell job={data} />
      </Cell>
      <Cell grid={grid} column="createTime">
        <CreatedCell job={data} />
      </Cell>
      <Cell grid={grid} column="gmtCreate">
        <GmtCreateCell job={data} />
      </Cell>
      <Cell grid={grid} column="voiceId">
        <VoiceIdCell job={data} canCopy={canCopy} />
      </Cell>
      <Cell grid={grid} column="jobId">
        <JobIdCell job={data} canCopy={canCopy} />
      </Cell>
    </div>
  );
});

export const JOBS_TABLE = { name: 'jobs', grid, Row: JobRow } satisfies TableKind<
  (typeof grid.columns)[number]
>;
