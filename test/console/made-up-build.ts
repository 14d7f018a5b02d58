import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A build of the console made up by a test. */
export interface MadeUpBuild extends Disposable {
  readonly folder: URL;
  write(name: string, content: string): void;
}

/** Documents of the made-up console, by id. */
export const DOCUMENTS = {
  'sha256:total': 'query ConsoleTotal { customizedVoiceJobs { totalCount } }',
  'sha256:live':
    'subscription ConsoleLive($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { status } }',
};

export const FILES = {
  'index.html':
    '<!doctype html><title>made up</title><script type="module" src="./console/main-AbC_12-x.js"></script>',
  'console/main-AbC_12-x.js': `${'console.info("made up");'.repeat(100)}\n`,
  'console/main.0123456789ab.css': 'body { color: black }',
  'console/mark-01234567.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
};

/** Files of a build that must not be served. */
export const HIDDEN = {
  'console/main-AbC_12-x.js.map': '{}',
  'console/main.js': '',
  'console/notes-01234567.txt': 'made up',
  'console/deep/er-01234567.js': '',
  '.vite/manifest.json': '{}',
};

/** Writes a build into a temporary folder; `using` removes it. */
export function makeUpBuild(): MadeUpBuild {
  const parent = mkdtempSync(join(tmpdir(), 'voice-jobs-console-'));
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(parent, name)), { recursive: true });
    writeFileSync(join(parent, name), content);
  };
  for (const [name, content] of Object.entries({ ...FILES, ...HIDDEN })) write(name, content);
  write('documents.json', JSON.stringify(DOCUMENTS));
  return {
    folder: pathToFileURL(`${parent}/`),
    write,
    [Symbol.dispose]: () => rmSync(parent, { recursive: true }),
  };
}
