import type { VoiceJob } from '../voice-jobs/job.ts';
import { type Builder, ID_DESCRIPTION } from './builder.ts';
import { globalIdOf, JOB_TYPENAME } from './global-id.ts';

/** Defines the job itself, its enums and DateTime. */
export function defineVoiceJob(builder: Builder) {
  const DateTime = builder.scalarType('DateTime', {
    description: 'A moment as RFC 3339 writes it, in UTC as in `2023-04-01T06:23:59Z`.',
    specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
    serialize: (value) => value,
    parseValue: (value) => String(value),
  });

  const Status = builder.enumType('CustomizedVoiceJobStatus', {
    description: 'How far a job has come, in the order of its states. `SUCCESS` and `FAIL` are final.',
    values: {
      INITIALIZATION: {
        value: 'Initialization',
        description: 'The job has been set up and nothing has begun yet.',
      },
      AUDIO_DETECTING: { value: 'AudioDetecting', description: 'The recordings are being checked.' },
      PRE_TRAINING: {
        value: 'PreTraining',
        description: 'The job has been submitted and waits for training.',
      },
      TRAINING: { value: 'Training', description: 'The voice is being trained.' },
      SUCCESS: { value: 'Success', description: 'The voice has been trained and can be used.' },
      FAIL: { value: 'Fail', description: 'Training failed; `message` may say why.' },
    } as const,
  });

  const Type = builder.enumType('CustomizedVoiceType', {
    description: 'Edition of voice cloning.',
    values: {
      BASIC: { value: 'Basic', description: 'A voice from 20 given sentences, recorded by one speaker.' },
      STANDARD: { value: 'Standard', description: 'A voice from 15 to 30 minutes of free recordings.' },
    } as const,
  });

  const Gender = builder.enumType('VoiceGender', {
    description: 'How the voice sounds.',
    values: {
      FEMALE: { value: 'female', description: 'A female voice.' },
      MALE: { value: 'male', description: 'A male voice.' },
    } as const,
  });

  const Scenario = builder.enumType('VoiceScenario', {
    description: 'What the voice is trained for.',
    values: {
      STORY: { value: 'story', description: 'Telling stories.' },
      INTERACTION: { value: 'interaction', description: 'Talking with people.' },
      NAVIGATION: { value: 'navigation', description: 'Giving directions on the road.' },
    } as const,
  });

  const Job = builder.objectRef<VoiceJob>(JOB_TYPENAME);
  // An object and not `builder.node`, whose ids are promises: one for each row of a page.
  builder.objectType(Job, {
    description:
      'A human voice cloning job: recordings go in, after training a voice comes out. A field the upstream left out is null.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: ID_DESCRIPTION,
        resolve: ({ jobId }) => globalIdOf(jobId),
      }),
      jobId: t.exposeID('jobId', { nullable: false, description: "The upstream's own id of the job." }),
      voiceId: t.exposeString('voiceId', {
        nullable: true,
        description: 'Id of the voice that comes out. For `BASIC` jobs the customer chose it.',
      }),
      status: t.expose('status', { type: Status, nullable: true, description: 'How far the job has come.' }),
      message: t.exposeString('message', {
        nullable: true,
        description: 'What the upstream says about the status, in its own words and language. Mostly empty.',
      }),
      voiceName: t.exposeString('voiceName', {
        nullable: true,
        description: 'Name of the voice, for people.',
      }),
      voiceDesc: t.exposeString('voiceDesc', {
        nullable: true,
        description: 'Description of the voice, for people.',
      }),
      type: t.expose('type', { type: Type, nullable: true, description: 'Edition that the job belongs to.' }),
      gender: t.expose('gender', { type: Gender, nullable: true, description: 'How the voice sounds.' }),
      scenario: t.expose('scenario', {
        type: Scenario,
        nullable: true,
        description: 'What the voice is trained for. Only `BASIC` jobs are asked to say it.',
      }),
      createTime: t.expose('createTime', {
        type: DateTime,
        nullable: true,
        description: 'When the job was created.',
      }),
      gmtCreate: t.expose('gmtCreate', {
        type: DateTime,
        nullable: true,
        description:
          'A second creation time, which the upstream does not explain and which can differ from `createTime`. The upstream tells it of listed jobs only: null for a job read by its id, unless its row is at hand.',
      }),
    }),
  });
  return Job;
}
