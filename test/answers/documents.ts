export const SEVERAL = `
  query One($first: Int = 2) { customizedVoiceJobs(first: $first) { nodes { jobId } } }
  query Other { customizedVoiceJobs(type: STANDARD, first: 1) { totalCount } }`;

export const FRAGMENTS = `
  query ($id: ID!) {
    node(id: $id) { ...Named ... on Node { again: id } ... { __typename } }
    customizedVoiceJobs(first: 2) { ...Page nodes { ...Named } }
  }
  fragment Named on CustomizedVoiceJob { id jobId name: voiceName ...Times }
  fragment Times on CustomizedVoiceJob { createTime gmtCreate }
  fragment Page on CustomizedVoiceJobConnection { __typename totalCount edges { node { status ...Times } cursor } }`;

export const CHOICES = `query ($yes: Boolean!, $no: Boolean = false, $first: Int) {
  customizedVoiceJobs(first: $first) {
    totalCount @include(if: $no)
    pageInfo @skip(if: $yes) { endCursor }
    edges @include(if: $yes) @skip(if: $no) { cursor @skip(if: $yes) node { id } }
    ... @include(if: $yes) { nodes { jobId voiceName @skip(if: true) } }
    ...Total @skip(if: $no)
  }
}
fragment Total on CustomizedVoiceJobConnection { total: totalCount }`;

export const page = (args: string, variables = '') =>
  `query ${variables} { customizedVoiceJobs${args} { totalCount nodes { jobId type } pageInfo { startCursor hasNextPage } } }`;

export const EVERYTHING =
  '{ id jobId voiceId status rawStatus message voiceName voiceDesc type rawType gender scenario createTime gmtCreate }';
