import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '../..');

/** A program that tests start and that no npm package contains. */
export interface Part {
  /** Its usual name. */
  readonly title: string;
  /** Environment variable with its path. */
  readonly variable: string;
  /** Its usual commands; the first is its name in the cache folder. */
  readonly commands: readonly string[];
  /** Its path outside of PATH: macOS application bundles. */
  readonly files?: readonly string[];
  /** Arguments that print its version and exit with 0. */
  readonly versionArgument: string;
  /** The Debian packages that contain it, and its path in them. */
  readonly debian: { readonly packages: readonly string[]; readonly file: string };
  /** How to install it. */
  readonly install: string;
}

/** All such programs. See CONTRIBUTING.md, "Run the tests". */
export const PARTS = {
  redis: {
    title: 'Redis',
    variable: 'REDIS_SERVER_PATH',
    commands: ['redis-server'],
    versionArgument: '--version',
    // redis-server is a link to a file of redis-tools.
    debian: { packages: ['redis-server', 'redis-tools'], file: 'usr/bin/redis-server' },
    install: 'apt-get install redis-server, or brew install redis',
  },
  'redis-cli': {
    title: 'redis-cli',
    variable: 'REDIS_CLI_PATH',
    commands: ['redis-cli'],
    versionArgument: '--version',
    debian: { packages: ['redis-tools'], file: 'usr/bin/redis-cli' },
    install: 'apt-get install redis-tools, or brew install redis',
  },
  chromium: {
    title: 'Chromium',
    variable: 'CHROMIUM_PATH',
    commands: [
      // Without the parts that only a window needs, pages open in half the time.
      'chromium-headless-shell',
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      'chrome',
      'microsoft-edge',
      'microsoft-edge-stable',
      'msedge',
    ],
    files: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    versionArgument: '--version',
    // Without a font, pages have no text to look at.
    debian: {
      packages: ['chromium-headless-shell', 'chromium-common', 'fonts-liberation'],
      file: 'usr/lib/chromium/chromium-headless-shell',
    },
    install: 'apt-get install chromium-headless-shell or chromium, or Google Chrome on macOS',
  },
  promtool: {
    title: 'promtool',
    variable: 'PROMTOOL_PATH',
    commands: ['promtool'],
    versionArgument: '--version',
    debian: { packages: ['prometheus'], file: 'usr/bin/promtool' },
    install: 'apt-get install --no-install-recommends prometheus, or brew install prometheus',
  },
  curl: {
    title: 'curl',
    variable: 'CURL_PATH',
    commands: ['curl'],
    versionArgument: '--version',
    debian: { packages: ['curl'], file: 'usr/bin/curl' },
    install: 'apt-get install curl',
  },
  nginx: {
    title: 'nginx',
    variable: 'NGINX_PATH',
    commands: ['nginx'],
    versionArgument: '-v',
    debian: { packages: ['nginx'], file: 'usr/sbin/nginx' },
    install: 'apt-get install nginx-light, or brew install nginx',
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;

/** Folders with programs that may be missing in the path of an ordinary user. */
const MORE_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** Timeout for a program to print its version, in milliseconds. */
export const VERSION_MS = 20_000;

/** Folder of downloaded programs: `TEST_PARTS_CACHE`, or `.cache/test-parts` of the checkout. */
export const cacheFolder = (): string => process.env.TEST_PARTS_CACHE || join(root, '.cache', 'test-parts');

/** Path of a downloaded program, whether it exists or not. */
export const cachedFile = (name: PartName): string => join(cacheFolder(), name, PARTS[name].commands[0]);

/**
 * Finds a program: by its variable, then in PATH and the usual folders, then in the cache folder. Returns the first one that
 * prints its version; a stub that only says how to install the program does not.
 *
 * @returns its absolute path; undefined if there is none
 * @throws Error if the variable names a file that is missing or does not start
 */
export function findPart(name: PartName): string | undefined {
  const { variable, commands, files = [] }: Part = PARTS[name];
  const named = process.env[variable];
  if (named !== undefined && named !== '') {
    const fault = faultOf(name, named);
    if (fault !== undefined) throw new Error(`${variable} names ${named}, ${fault}.`);
    return named;
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...MORE_FOLDERS];
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [...new Set([...onPath, ...files, cachedFile(name)])].find(
    (file) => faultOf(name, file) === undefined,
  );
}

/** Path of a program that a tool requires. @throws Error with how to get it */
export function requirePart(name: PartName): string {
  const file = findPart(name);
  if (file === undefined) throw new Error(`${PARTS[name].title} is missing. ${howToGet(name)}.`);
  return file;
}

/** How to get a missing program, in one line. */
export function howToGet(name: PartName): string {
  const { title, install, variable } = PARTS[name];
  return `${title}: ${install}, or name its file in ${variable}`;
}

/** Why a file cannot be used as the program; undefined if it can. */
export function faultOf(name: PartName, file: string): string | undefined {
  if (!existsSync(file)) return 'which does not exist';
  if (!isProgram(file)) return 'which is not an executable file';
  const { status, stderr, error } = spawnSync(file, [PARTS[name].versionArgument], {
    encoding: 'utf8',
    timeout: VERSION_MS,
    killSignal: 'SIGKILL',
  }) as SpawnSyncReturns<string>;
  if (status === 0) return undefined;
  const [reason = ''] = (error?.message ?? stderr).trim().split('\n');
  return `which does not start: ${reason || `exit code ${status}`}`;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
