/** Where the gateway answers, beside this page. */
export const ENDPOINT = new URL('graphql', location.href);
