import { pick } from '../../../emulator/random.ts';
import { rejectedWith } from '../judge/verdict.ts';
import type { Role } from './role.ts';

const FIELDS =
  'id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate';

const aliases = (count: number, field: string) =>
  `{ ${Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(' ')} }`;

const TOO_COMPLEX: readonly string[] = [
  aliases(50, `customizedVoiceJobs(first: 100) { nodes { ${FIELDS} } }`),
  aliases(400, 'customizedVoiceJob(jobId: "x") { jobId status }'),
  `{ ${'... on Query { '.repeat(200)} __typename ${'}'.repeat(200)} }`,
  '{ a '.repeat(5000),
  `{ ${'__typename '.repeat(5000)} }`,
];

/** Rejected as a whole, by whichever limit applies first. */
const REJECTED = rejectedWith(
  [200, 400],
  'OPERATION_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
);

/** Sends queries far above the limits. */
export const tooComplex: Role = {
  name: 'too complex',
  weight: 1,
  async play(customer) {
    await customer.ask(pick(customer.random, TOO_COMPLEX), {}, { expectation: REJECTED });
    await customer.pause(20, 80);
  },
};
