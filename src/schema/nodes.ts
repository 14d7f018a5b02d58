import { BadInputError } from '../errors.ts';
import { MAX_PAGE_ROWS } from '../paging/window.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import { type Builder, type GatewayContext, reads } from './builder.ts';
import { jobIdOfGlobalId } from './global-id.ts';

/**
 * Defines `node` and `nodes`. Written out because Pothos' own fail all of `nodes` for one bad id, and without a code.
 *
 * @see https://relay.dev/graphql/objectidentification.htm
 */
export function defineNodes(builder: Builder) {
  builder.queryFields((t) => ({
    node: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'Any object by its global `id`; null when there is no such object.',
      args: { id: t.arg.id({ required: true, description: 'An `id` as this API gives it.' }) },
      extensions: reads({ kind: 'row', argument: 'id' }),
      resolve: (_root, { id }, { jobs }) => nodeOf('id', id, jobs),
    }),
    nodes: t.field({
      type: [builder.nodeInterfaceRef()],
      nullable: { list: false, items: true },
      description: `Several objects by their global ids, in the order asked for; null in the place of one that does not exist. At most ${MAX_PAGE_ROWS}.`,
      args: { ids: t.arg.idList({ required: true, description: 'Each an `id` as this API gives it.' }) },
      extensions: reads({ kind: 'rows', argument: 'ids' }),
      resolve: (_root, { ids }, { jobs }) => checkIds(ids).map((id) => nodeOf('ids', id, jobs)),
    }),
  }));
}

async function nodeOf(
  argument: string,
  globalId: string,
  jobs: GatewayContext['jobs'],
): Promise<VoiceJob | null> {
  const jobId = jobIdOfGlobalId(argument, globalId);
  return jobId === undefined ? null : jobs.byId(jobId);
}

function checkIds(ids: readonly string[]): readonly string[] {
  if (ids.length <= MAX_PAGE_ROWS) return ids;
  throw new BadInputError('ids', `\`ids\` has ${ids.length} entries; allowed are at most ${MAX_PAGE_ROWS}.`);
}
