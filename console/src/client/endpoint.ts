/** Address of the GraphQL endpoint, relative to this page. */
export const ENDPOINT = new URL('graphql', location.href);
