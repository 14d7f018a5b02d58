import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { type JobRow, vendorTime } from '../../../emulator/job.ts';
import { listResponse } from '../../../emulator/responses.ts';
import { LongList } from './long-list.ts';

/** Commands to this upstream. It replies to each with the number of calls since the last `rows`. */
export type LongListCommand =
  | { readonly rows: number }
  | { readonly insert: number; readonly remove: readonly number[] }
  | 'count';

/** Interval between the creation times of two jobs, in seconds. */
const EVERY_SECONDS = 7;
const OLDEST_MS = Date.UTC(2000, 0, 1);

/** A list of any length whose pages are generated on demand. Signatures are not verified. */
let list = new LongList(0);
let calls = 0;

const server = createServer((request, response) => {
  calls++;
  const params = new URL(request.url ?? '/', 'http://upstream').searchParams;
  const [pageNo, pageSize] = [Number(params.get('PageNo')), Number(params.get('PageSize'))];
  const isBasic = params.get('Type') === 'Basic';
  const rows = isBasic ? list.page(pageNo, pageSize).map(jsonOf) : [];
  const { contentType, body } = listResponse(`R-${calls}`, isBasic ? list.total : 0, rows);
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
  request.resume();
});

process.on('message', (command: LongListCommand) => {
  if (command !== 'count' && 'rows' in command) {
    list = new LongList(command.rows);
    calls = 0;
  } else if (command !== 'count') {
    list.remove(command.remove);
    list.insert(command.insert);
  }
  process.send?.(calls);
});
process.once('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

function jsonOf(row: number): Buffer {
  const created = vendorTime(OLDEST_MS + 1000 * EVERY_SECONDS * row);
  const job: JobRow = {
    JobId: row.toString(16).padStart(32, '0'),
    VoiceId: `voice${row}`,
    Status: 'Success',
    Message: '',
    VoiceName: `Voice ${row}`,
    VoiceDesc: 'A voice of a long list',
    Type: 'Basic',
    Gender: row % 2 === 0 ? 'female' : 'male',
    Scenario: 'story',
    CreateTime: created,
    GmtCreate: created,
  };
  return Buffer.from(JSON.stringify(job));
}
