import childProcess, { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** Setup of the unit lane: all I/O throws, so that the lane stays fast and its tests independent. */

const SYNC_CHILDREN = ['spawnSync', 'execSync', 'execFileSync'] as const;
const FS_WRITES = [
  'appendFile',
  'copyFile',
  'cp',
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'unlink',
  'writeFile',
] as const;

function forbid(owner: object, name: string, what: string): void {
  Object.defineProperty(owner, name, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error(
        `A test of the unit lane ${what}. Take its file out of UNIT in test/lanes.ts, or the I/O out of it.`,
      );
    },
  });
}

forbid(net.Socket.prototype, 'connect', 'opened a connection');
forbid(net.Server.prototype, 'listen', 'listened on a port');
forbid(ChildProcess.prototype, 'spawn', 'started a process');
for (const name of SYNC_CHILDREN) forbid(childProcess, name, 'started a process');
for (const name of FS_WRITES) {
  forbid(fs, name, 'wrote a file');
  forbid(fs, `${name}Sync`, 'wrote a file');
  forbid(fsPromises, name, 'wrote a file');
}
forbid(fs, 'createWriteStream', 'wrote a file');
syncBuiltinESMExports();
