// Reads the number of jobs from a web page of another origin. `gateway`: URL of the gateway; `key`: API key.
export async function readTotal(gateway, key) {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query: '{ customizedVoiceJobs { totalCount } }' }),
  });
  if (response.status === 429) return `again in ${response.headers.get('retry-after')} s`;
  const { data, errors } = await response.json();
  return errors ? errors[0].message : data.customizedVoiceJobs.totalCount;
}
