import { useFragment } from '@apollo/client/react';
import { memo } from 'react';
import { apollo } from '../client/apollo.ts';
import {
  type CustomizedVoiceTypeFilter,
  VoiceRowFragmentDoc,
  VoicesPageDocument,
} from '../generated/graphql.ts';
import { Missing } from '../i18n/missing.tsx';
import { useJobTexts } from '../job/texts.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { Cell, Id, Name } from '../table/cells.tsx';
import { gridOf } from '../table/grid.ts';
import { ListReader } from '../table/list-reader.ts';
import { ListView, type ScrollPositionProps } from '../table/list-view.tsx';
import { type RowProps, UnknownRow, useRow } from '../table/row.tsx';
import type { TableKind } from '../table/table.tsx';
import { useVoicesTexts } from './texts.ts';

const grid = gridOf(['voiceName', 'type', 'gender', 'scenario', 'demoAudioMediaId', 'voiceId']);

/** Table row of one voice. */
const VoiceRow = memo(function VoiceRow(row: RowProps) {
  const { data, complete } = useFragment({
    fragment: VoiceRowFragmentDoc,
    fragmentName: 'VoiceRow',
    from: { __typename: 'CustomizedVoice', id: row.id },
  });
  const { attributes, canCopy } = useRow(row);
  const t = useJobTexts();
  if (!complete) return <UnknownRow grid={grid} {...row} />;
  const { voiceName, voiceDesc, type, gender, scenario, demoAudioMediaId, voiceId } = data;
  return (
    <div {...attributes}>
      <Cell grid={grid} column="voiceName">
        <Name name={voiceName} description={voiceDesc} unnamed={t('unnamed')} />
      </Cell>
      <Cell grid={grid} column="type">
        {type === null ? <Missing /> : t(type)}
      </Cell>
      <Cell grid={grid} column="gender">
        {gender === null ? <Missing /> : t(gender)}
      </Cell>
      <Cell grid={grid} column="scenario">
        {scenario === null ? <Missing /> : t(scenario)}
      </Cell>
      <Cell grid={grid} column="demoAudioMediaId">
        <Id id={demoAudioMediaId} what={t('demoAudioMediaId')} canCopy={canCopy} />
      </Cell>
      <Cell grid={grid} column="voiceId">
        <Id id={voiceId} what={t('voiceId')} canCopy={canCopy} />
      </Cell>
    </div>
  );
});

const TABLE = { name: 'voices', grid, Row: VoiceRow } satisfies TableKind<(typeof grid.columns)[number]>;

const readers = new Map<CustomizedVoiceTypeFilter, ListReader>();

/** Reader of an edition's voices. Cached, so that a view that is opened again still has its rows. */
function readerOf(type: CustomizedVoiceTypeFilter): ListReader {
  const before = readers.get(type);
  if (before !== undefined) return before;
  const reader = new ListReader(async (window) => {
    const { data } = await apollo.query({
      query: VoicesPageDocument,
      variables: { type, ...window },
      fetchPolicy: 'network-only',
    });
    if (data === undefined) throw new Error('an answer without errors and without data');
    const { edges, pageInfo, totalCount } = data.customizedVoices;
    return {
      rows: edges.map(({ cursor, node }) => ({ id: node.id, cursor })),
      hasPrevious: pageInfo.hasPreviousPage,
      hasNext: pageInfo.hasNextPage,
      total: totalCount,
    };
  }, 'any');
  readers.set(type, reader);
  return reader;
}

interface VoicesViewProps extends ScrollPositionProps {
  readonly type: CustomizedVoiceTypeFilter;
}

/** Table of the voices of one edition, in the order of the upstream, where new ones can appear anywhere. */
export function VoicesView({ type, ...place }: VoicesViewProps) {
  const t = useVoicesTexts();
  const tJob = useJobTexts();
  return (
    <ListView
      {...place}
      reader={readerOf(type)}
      kind={TABLE}
      texts={{
        label: t('voices'),
        help: t('help'),
        columnTitle: tJob,
        toStart: t('toStart'),
        toEnd: t('toEnd'),
      }}
      subject="voices"
      empty={<EmptyList of="voices" type={type} />}
    />
  );
}
