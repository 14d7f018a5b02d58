import { createServer } from 'node:http';
import process from 'node:process';
import { Pool } from 'undici';

/** The part of a page that is written again. */
interface Page {
  readonly Data: {
    readonly TotalCount: number;
    readonly CustomizedVoiceJobList: readonly { readonly JobId: string }[];
  };
}

const upstream = new Pool(process.env.JOBS_ORIGIN ?? '', { pipelining: 1 });

/** Passes the page numbers of a request on, and returns the rows with as many fields as the other peers. */
async function respond(body: string): Promise<string> {
  const { PageNo, PageSize, Type } = JSON.parse(body).variables;
  const path = `/jobs?PageNo=${PageNo}&PageSize=${PageSize}&Type=${Type}`;
  const response = await upstream.request({ path, method: 'GET' });
  const { Data } = JSON.parse(await response.body.text()) as Page;
  const CustomizedVoiceJobList = Data.CustomizedVoiceJobList.map((job) => ({
    cursor: job.JobId,
    id: job.JobId,
    ...job,
  }));
  const { TotalCount } = Data;
  return JSON.stringify({ data: { customizedVoiceJobs: { Data: { TotalCount, CustomizedVoiceJobList } } } });
}

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', async () => {
    const text = await respond(body);
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
