// All jobs of both editions, a line of JSON each: node export.ts > jobs.ndjson
import process from 'node:process';
import { voiceJobs } from './fetch-walk.ts';

const { ENDPOINT = 'http://127.0.0.1:4000/graphql' } = process.env;

for await (const job of voiceJobs(ENDPOINT, 'ALL')) process.stdout.write(`${JSON.stringify(job)}\n`);
