import type { Builder } from './builder.ts';
import { checkJobId } from './global-id.ts';
import type { JobRef } from './voice-jobs.ts';

/** Defines the subscription to the states of one job. */
export function defineJobStatus(builder: Builder, Job: JobRef) {
  builder.subscriptionType({ description: 'Where every subscription starts.' });
  builder.subscriptionFields((t) => ({
    customizedVoiceJobStatusChanged: t.field({
      type: Job,
      nullable: false,
      description: "Every change of the job's status, the present one first; ends after SUCCESS or FAIL.",
      args: { jobId: t.arg.id({ required: true, description: "The upstream's own id of the job." }) },
      subscribe: (_root, { jobId }, { live, caller }) => live.subscribe(checkJobId('jobId', jobId), caller),
      resolve: (job) => job,
    }),
  }));
}
