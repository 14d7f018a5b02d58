import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { benchFolder, type Peer } from './peer.ts';

/** Upper bound of what Node can serve. */
export const node: Peer = {
  name: 'node',
  what: "bare node:http that answers every request with the gateway's first page from memory, without reading what was asked: the reference of all ratios",
  dialect: undefined,
  async launch({ port, scratch, firstAnswer }) {
    const body = join(scratch, 'first-answer.json');
    await writeFile(body, firstAnswer);
    return {
      command: process.execPath,
      args: [join(benchFolder, 'servers/node.ts'), body],
      env: { PORT: String(port), NODE_ENV: 'production' },
      folder: benchFolder,
    };
  },
};
