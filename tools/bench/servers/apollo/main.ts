import process from 'node:process';
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { typeDefs } from './schema.ts';

const ttlSeconds = Number(process.env.CACHE_TTL_MS) / 1000;

type Row = Record<
  | 'JobId'
  | 'VoiceId'
  | 'Status'
  | 'Message'
  | 'VoiceName'
  | 'VoiceDesc'
  | 'Type'
  | 'Gender'
  | 'Scenario'
  | 'CreateTime'
  | 'GmtCreate',
  string
>;
interface Page {
  TotalCount: number;
  CustomizedVoiceJobList: Row[];
}

class JobsApi extends RESTDataSource {
  override baseURL = process.env.JOBS_ORIGIN ?? '';

  async page(type: string, pageNo: number, pageSize: number): Promise<Page> {
    const params = { PageNo: String(pageNo), PageSize: String(pageSize), Type: type };
    const { Data } = await this.get<{ Data: Page }>('/jobs', {
      params,
      ...(ttlSeconds > 0 ? { cacheOptions: { ttl: ttlSeconds } } : {}),
    });
    return Data;
  }
}

interface Context extends BaseContext {
  jobs: JobsApi;
}

const resolvers: ApolloServerOptions<Context>['resolvers'] = {
  CustomizedVoiceJobTypeFilter: { BASIC: 'Basic', STANDARD: 'Standard' },
  CustomizedVoiceType: { BASIC: 'Basic', STANDARD: 'Standard' },
  CustomizedVoiceJobStatus: {
    INITIALIZATION: 'Initialization',
    AUDIO_DETECTING: 'AudioDetecting',
    PRE_TRAINING: 'PreTraining',
    TRAINING: 'Training',
    SUCCESS: 'Success',
    FAIL: 'Fail',
  },
  VoiceGender: { FEMALE: 'female', MALE: 'male' },
  VoiceScenario: { STORY: 'story', INTERACTION: 'interaction', NAVIGATION: 'navigation' },
  Query: {
    async customizedVoiceJobs(
      _root: unknown,
      { type, first, after }: { type: string; first: number; after?: string | null },
      { jobs }: Context,
    ) {
      const start = after == null ? 0 : offsetOf(after) + 1;
      const pageNo = Math.floor(start / first) + 1;
      const skipped = start % first;
      const page = await jobs.page(type, pageNo, first);
      let rows = page.CustomizedVoiceJobList.slice(skipped);
      if (skipped > 0) {
        const next = await jobs.page(type, pageNo + 1, first);
        rows = [...rows, ...next.CustomizedVoiceJobList.slice(0, skipped)];
      }
      const edges = rows.map((row, index) => ({ cursor: cursorOf(start + index), node: jobOf(row) }));
      return {
        totalCount: page.TotalCount,
        pageInfo: {
          hasNextPage: start + rows.length < page.TotalCount,
          hasPreviousPage: start > 0,
          startCursor: edges[0]?.cursor,
          endCursor: edges.at(-1)?.cursor,
        },
        edges,
      };
    },
  },
};

function jobOf(row: Row) {
  return {
    id: Buffer.from(`CustomizedVoiceJob:${row.JobId}`).toString('base64'),
    jobId: row.JobId,
    voiceId: row.VoiceId,
    status: row.Status,
    message: row.Message,
    voiceName: row.VoiceName,
    voiceDesc: row.VoiceDesc,
    type: row.Type,
    gender: row.Gender,
    scenario: row.Scenario === '' ? null : row.Scenario,
    createTime: row.CreateTime,
    gmtCreate: row.GmtCreate,
  };
}

function cursorOf(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64');
}

function offsetOf(cursor: string): number {
  return Number(Buffer.from(cursor, 'base64').toString().slice('offset:'.length));
}

const server = new ApolloServer<Context>({ typeDefs, resolvers });
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
  context: async () => ({ jobs: new JobsApi({ cache: server.cache }) }),
});
