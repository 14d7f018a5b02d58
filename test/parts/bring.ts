import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedFile, cacheFolder, faultOf, PARTS, type PartName, VERSION_MS } from './programs.ts';

/** Timeout for the download of all programs of a run, in milliseconds: about 150 MB on a slow line. */
export const BRING_MS = 180_000;

/** Poll interval of a run that waits for another one, in milliseconds. */
const LOOK_MS = 200;

/**
 * Packages of the C library. They are never downloaded: a program uses the machine's own loader, which requires its own
 * version of the C library.
 */
const EXCLUDED_PACKAGES = /^(?:libc6|libc-bin|libc-l10n|locales)$/;

/**
 * Downloads programs into the cache folder. On Debian and Ubuntu, apt-get downloads their packages with missing dependencies,
 * and dpkg-deb unpacks them. This needs no root and installs nothing. Runs take turns.
 *
 * @param report receives a line for the user before a download begins
 * @returns reasons by program; a program without a reason is available
 */
export async function bringParts(
  names: readonly PartName[],
  report: (line: string) => void,
): Promise<Map<PartName, string>> {
  const reasons = new Map<PartName, string>();
  if (names.length === 0) return reasons;
  const signal = AbortSignal.timeout(BRING_MS);
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(VERSION_MS)]);
    for (const program of ['apt-get', 'dpkg-deb'])
      await run(program, ['--version'], dirname(cacheFolder()), soon);
    await holdingTheLock(signal, async () => {
      for (const name of names) {
        if (faultOf(name, cachedFile(name)) === undefined) continue;
        report(`Downloading ${PARTS[name].title} to ${join(cacheFolder(), name)}, once.`);
        await bring(name, signal).catch((error) => reasons.set(name, firstLine(error)));
      }
    });
  } catch (error) {
    for (const name of names) if (!reasons.has(name)) reasons.set(name, firstLine(error));
  }
  return reasons;
}

async function bring(name: PartName, signal: AbortSignal): Promise<void> {
  const { packages, file } = PARTS[name].debian;
  const folder = `${dirname(cachedFile(name))}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const options = await download(packages, folder, signal);
    let fault = await unpack(name, file, folder, signal);
    if (fault !== undefined) {
      await download(await dependencies(packages, options, folder, signal), folder, signal, options);
      fault = await unpack(name, file, folder, signal);
    }
    if (fault !== undefined) throw new Error(`apt-get brought a file ${fault}`);
    const target = dirname(cachedFile(name));
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Options of apt-get: runs as the calling user, with a timeout for the network. */
const APT = [
  '-qq',
  '-o',
  'APT::Sandbox::User=',
  '-o',
  'Acquire::Retries=1',
  '-o',
  'Acquire::http::Timeout=15',
];

/** Downloads packages. @returns the options that worked: those for the machine's package lists, or for downloaded ones */
async function download(
  packages: readonly string[],
  folder: string,
  signal: AbortSignal,
  known?: readonly string[],
): Promise<readonly string[]> {
  if (packages.length === 0) return known ?? APT;
  const fetch = (options: readonly string[]) =>
    run('apt-get', [...options, 'download', ...packages], folder, signal);
  if (known !== undefined) {
    await fetch(known);
    return known;
  }
  try {
    await fetch(APT);
    return APT;
  } catch {
    // A container image has no package lists, and outdated lists name files that no longer exist.
    const state = join(cacheFolder(), 'apt');
    for (const name of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(state, name), { recursive: true });
    const options = [
      ...APT,
      ...['-o', `Dir::State::lists=${join(state, 'lists')}/`, '-o', `Dir::Cache=${join(state, 'cache')}/`],
    ];
    // An unreachable source does not affect the others.
    await run('apt-get', [...options, 'update'], folder, signal).catch(() => {});
    await fetch(options);
    return options;
  }
}

/** Dependencies that are not installed, from a simulated installation. */
async function dependencies(
  packages: readonly string[],
  options: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  const simulation = ['install', '--simulate', '--no-install-recommends', ...packages];
  const output = await run('apt-get', [...options, ...simulation], folder, signal);
  return [...output.matchAll(/^Inst (\S+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !EXCLUDED_PACKAGES.test(name) && !packages.includes(name));
}

/** Unpacks the downloads and writes the file that starts the program. @returns why it does not start */
async function unpack(
  name: PartName,
  file: string,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const archive of readdirSync(folder).filter((entry) => entry.endsWith('.deb'))) {
    await run('dpkg-deb', ['--extract', archive, 'root'], folder, signal);
    rmSync(join(folder, archive));
  }
  const unpacked = join(folder, 'root');
  for (const unread of ['doc', 'man', 'locale', 'icons'])
    rmSync(join(unpacked, 'usr/share', unread), { recursive: true, force: true });
  const libraries = ['lib', 'usr/lib'].flatMap((part) => foldersWithLibraries(join(unpacked, part)));
  writeFileSync(join(folder, 'fonts.conf'), FONTS);
  const start = join(folder, PARTS[name].commands[0]);
  writeFileSync(
    start,
    launcher(
      file,
      libraries.map((path) => relative(folder, path)),
    ),
  );
  chmodSync(start, 0o755);
  return faultOf(name, start);
}

/** Configuration of the downloaded fonts, for a machine without a font configuration. */
const FONTS = `<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** A script next to the unpacked files that starts the program. It finds them even if the checkout is moved. */
function launcher(file: string, libraries: readonly string[]): string {
  const path = libraries.map((folder) => `$here/${folder}`).join(':');
  return `#!/bin/sh
here=$(cd "\${0%/*}" && pwd)
LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
if [ ! -e /etc/fonts/fonts.conf ]; then FONTCONFIG_FILE="$here/fonts.conf"; export FONTCONFIG_FILE; fi
exec "$here/root/${file}" "$@"
`;
}

function foldersWithLibraries(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = entries.some(({ name }) => /\.so(?:\.|$)/.test(name)) ? [folder] : [];
  const below = entries.filter((entry) => entry.isDirectory());
  return [...own, ...below.flatMap(({ name }) => foldersWithLibraries(join(folder, name)))];
}

/** Holds a lock file while a task runs. A lock whose owner has ended is taken over. */
async function holdingTheLock(signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const file = join(cacheFolder(), 'lock');
  while (!takeLock(file)) await sleep(LOOK_MS, undefined, { signal });
  try {
    await task();
  } finally {
    rmSync(file, { force: true });
  }
}

function takeLock(file: string): boolean {
  try {
    const handle = openSync(file, 'wx');
    writeFileSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isGone(file)) rmSync(file, { force: true });
    return false;
  }
}

function isGone(file: string): boolean {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    // Another run has just created it, and has not written to it yet.
    if (owner === 0) return false;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Runs a program to its end. @returns its stdout @throws Error with its last line if it fails or does not start */
async function run(
  program: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const closed = once(child, 'close').catch((error) => {
    if (error.name === 'AbortError') throw new Error(`${program} took too long`);
    if (error.code === 'ENOENT') throw new Error(`there is no ${program} here`);
    throw error;
  });
  const [[code], stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `${program} ended with ${code}`);
  return stdout;
}

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
