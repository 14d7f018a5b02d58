#!/bin/sh
# The ten newest jobs, then the ten after them: a line of JSON each. A gateway elsewhere: ENDPOINT=http://host:port/graphql
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

query='query ($after: String) {
  customizedVoiceJobs(first: 10, after: $after) {
    nodes { jobId voiceName status }
    pageInfo { hasNextPage endCursor }
  }
}'

# A page after a cursor, which is JSON: null, or a text in its quotes.
page() {
  curl -sS -G "$endpoint" --data-urlencode "query=$query" --data-urlencode "variables={\"after\":$1}" -w '\n'
}

first=$(page null)
printf '%s\n' "$first"
case $first in
  *'"hasNextPage":true'*) page "$(printf '%s' "$first" | sed 's/.*"endCursor":\("[^"]*"\).*/\1/')" ;;
esac
