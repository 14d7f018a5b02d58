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

/** Reads the instructions of each stage; those before the first `FROM` are a stage of their own. @param dockerfile its text */
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

/** The texts of all instructions of one name. */
export const textsOf = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** The paths that the build stage takes from the repository. */
export const copiedBy = (stage: readonly Instruction[]): string[] =>
  textsOf(stage, 'COPY').flatMap((text) => text.split(/\s+/).slice(0, -1));

/**
 * Builds the package as the image does: in a folder that holds what the Dockerfile copies and nothing else of the
 * repository, with the command of its build stage.
 *
 * @returns a folder of the system for temporary files, which the caller removes, and the package in it
 * @throws Error when the build fails
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
