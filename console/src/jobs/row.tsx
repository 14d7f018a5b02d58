import { useFragment } from '@apollo/client/react';
import { memo, useState } from 'react';
import { JobRowFragmentDoc } from '../generated/graphql.ts';
import { Skeleton } from '../notices/skeleton.tsx';
import { StatusStepper } from '../status/status-stepper.tsx';
import { Cell } from './cells/cell.tsx';
import { EditionCell, GenderCell, ScenarioCell } from './cells/choice-cells.tsx';
import { JobIdCell, VoiceIdCell } from './cells/id-cells.tsx';
import { NameCell } from './cells/name-cell.tsx';
import { CreatedCell, SecondTimeCell } from './cells/time-cells.tsx';
import { COLUMNS } from './columns.ts';
import { rowAttributes } from './grid.ts';
import styles from './table.module.css';
import { useJobsWords } from './words.ts';

interface RowProps {
  /** From 0, for the place on the page. */
  readonly index: number;
  readonly top: number;
  /** Whether the Tab key leads here. */
  readonly isCurrent: boolean;
}

interface JobRowProps extends RowProps {
  /** Global id of the job. */
  readonly id: string;
  readonly isGone: boolean;
}

/** One job of the table; drawn anew when the job changes, and not when others do. */
export const JobRow = memo(function JobRow({ id, isGone, ...row }: JobRowProps) {
  const { data, complete } = useFragment({
    fragment: JobRowFragmentDoc,
    fragmentName: 'JobRow',
    from: { __typename: 'CustomizedVoiceJob', id },
  });
  const [isNear, setNear] = useState(false);
  const say = useJobsWords();
  if (!complete) return <UnknownRow {...row} />;
  const canCopy = row.isCurrent || isNear;
  return (
    <div
      {...attributesOf(row)}
      data-id={id}
      data-gone={isGone || undefined}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
    >
      <Cell column="voiceName">
        <NameCell job={data} />
      </Cell>
      <Cell column="status">
        {isGone ? <span className={styles.deleted}>{say('deleted')}</span> : <StatusStepper job={data} />}
      </Cell>
      <Cell column="type">
        <EditionCell job={data} />
      </Cell>
      <Cell column="gender">
        <GenderCell job={data} />
      </Cell>
      <Cell column="scenario">
        <ScenarioCell job={data} />
      </Cell>
      <Cell column="createTime">
        <CreatedCell job={data} />
      </Cell>
      <Cell column="gmtCreate">
        <SecondTimeCell job={data} />
      </Cell>
      <Cell column="voiceId">
        <VoiceIdCell job={data} canCopy={canCopy} />
      </Cell>
      <Cell column="jobId">
        <JobIdCell job={data} canCopy={canCopy} />
      </Cell>
    </div>
  );
});

/** A row that is not read yet. */
export const UnknownRow = memo(function UnknownRow(row: RowProps) {
  const say = useJobsWords();
  return (
    <div {...attributesOf(row)} aria-busy="true">
      {COLUMNS.map((column) => (
        <Cell key={column} column={column}>
          {column === 'voiceName' && <span className={styles.unseen}>{say('loading')}</span>}
          <Skeleton length={column === 'voiceName' ? 'middle' : 'short'} />
        </Cell>
      ))}
    </div>
  );
});

function attributesOf({ index, top, isCurrent }: RowProps) {
  return {
    ...rowAttributes(index, isCurrent),
    className: styles.row,
    style: { transform: `translateY(${top}px)` },
  };
}
