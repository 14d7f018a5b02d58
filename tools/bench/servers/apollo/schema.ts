/** The part of the gateway's schema that the bench uses. */
export const typeDefs = `#graphql
  enum CustomizedVoiceJobTypeFilter { BASIC STANDARD }
  enum CustomizedVoiceType { BASIC STANDARD }
  enum CustomizedVoiceJobStatus { INITIALIZATION AUDIO_DETECTING PRE_TRAINING TRAINING SUCCESS FAIL }
  enum VoiceGender { FEMALE MALE }
  enum VoiceScenario { STORY INTERACTION NAVIGATION }
  type CustomizedVoiceJob {
    id: ID!
    jobId: ID!
    voiceId: String
    status: CustomizedVoiceJobStatus
    message: String
    voiceName: String
    voiceDesc: String
    type: CustomizedVoiceType
    gender: VoiceGender
    scenario: VoiceScenario
    createTime: String
    gmtCreate: String
  }
  type CustomizedVoiceJobEdge { node: CustomizedVoiceJob! cursor: String! }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type CustomizedVoiceJobConnection {
    totalCount: Int!
    pageInfo: PageInfo!
    edges: [CustomizedVoiceJobEdge!]!
  }
  type Query {
    customizedVoiceJobs(
      type: CustomizedVoiceJobTypeFilter! = BASIC
      first: Int! = 10
      after: String
    ): CustomizedVoiceJobConnection!
  }
`;
