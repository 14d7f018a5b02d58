#!/bin/sh
# The states of the job whose id is given, as they come. A gateway elsewhere: ENDPOINT=http://host:port/graphql
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

query='subscription ($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { status message } }'
curl -sSN "$endpoint" -H 'accept: text/event-stream' -H 'content-type: application/json' \
  -d "{\"query\":\"$query\",\"variables\":{\"jobId\":\"$1\"}}"
