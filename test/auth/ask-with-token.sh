#!/bin/sh
# Jobs are asked for with the token in TOKEN. A gateway elsewhere: ENDPOINT
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

curl -sS "$endpoint" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \
  -d '{"query":"{ customizedVoiceJobs { totalCount } }"}'
