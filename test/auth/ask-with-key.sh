#!/bin/sh
# Without KEY: generates an API key. With KEY: requests the number of jobs. ENDPOINT: URL of the gateway
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

new_key() {
  node -p "require('node:crypto').randomBytes(24).toString('base64url')"
}

ask() {
  curl -sS "$endpoint" -H "x-api-key: $KEY" -H 'content-type: application/json' \
    -d '{"query":"{ customizedVoiceJobs { totalCount } }"}'
}

if [ -z "${KEY:-}" ]; then new_key; else ask; fi
