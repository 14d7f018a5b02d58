#!/bin/sh
# Requests the number of jobs with the token in TOKEN. ENDPOINT: URL of the gateway
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

curl -sS "$endpoint" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \
  -d '{"query":"{ customizedVoiceJobs { totalCount } }"}'
