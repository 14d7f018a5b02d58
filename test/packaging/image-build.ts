import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** An instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of each stage; those before the first `FROM` are a stage of their own. @param dockerfile its text */
export function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const all: Instruction[][] = [[]];
  for (const line of lines) {
    const [, name, text] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || text === undefined) continue;
    if (name === 'FROM') all.push([]);
    all.at(-1)?.push({ name, text: text.trim() });
  }
  return all;
}

/** The arguments of all instructions with one name. */
export const textsOf = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** Paths that the build stage copies from the repository. */
export const copiedBy = (stage: readonly Instruction[]): string[] =>
  textsOf(stage, 'COPY').flatMap((text) => text.split(/\s+/).slice(0, -1));

/**
 * Builds the package as in the image: in a folder with only the files that the Dockerfile copies, by the command of its build
 * stage.
 *
 * @returns a temporary folder, to be deleted by the caller, and the package in it
 * @throws Error if the build fails
 */
export async function buildAsInImage(): Promise<{ folder: string; built: string }> {
  const [, build = []] = stagesOf(await readFile(join(root, 'Dockerfile'), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'voice-jobs-image-'));
  for (const path of copiedBy(build))
    await cp(join(root, path), join(folder, 'build', path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'build/node_modules'));
  const built = join(folder, 'package');
  await mkdir(built);
  const [, ...args] = (textsOf(build, 'RUN').at(-1) ?? '').split(' ');
  await promisify(execFile)(process.execPath, [...args.slice(0, -1), built], { cwd: join(folder, 'build') });
  return { folder, built };
}
