#!/bin/sh
# The two newest jobs by the id of an operation, by POST and by GET: a line of JSON each. Run it in the repository.
set -eu
endpoint=${ENDPOINT:-http://127.0.0.1:4000/graphql}

manifest=examples/operations/generated/persisted-documents.json
id=$(sed -n 's/^ *"\(.*\)": "query FirstPage(.*/\1/p' "$manifest")

curl -sS "$endpoint" -H 'content-type: application/json' -w '\n' \
  -d "{\"documentId\":\"$id\",\"variables\":{\"first\":2}}"

curl -sS -G "$endpoint" -w '\n' \
  --data-urlencode "documentId=$id" --data-urlencode 'variables={"first":2}'
