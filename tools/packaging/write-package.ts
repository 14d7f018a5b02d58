import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BUNDLE_FILE, bundle } from './bundle.ts';
import { CONSOLE_FOLDER, packConsole } from './console/pack.ts';
import { GRAPHIQL_FOLDER, GRAPHIQL_PACKAGE, packGraphiql } from './graphiql.ts';
import { notices } from './notices.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Writes the package: bundle with source map, files of GraphiQL and the console, a package.json without dependencies, and
 * licenses. Deletes the output of an earlier build first.
 *
 * @param folder created if it is missing
 * @returns size of each file in bytes, by its path in the folder
 * @throws Error if the folder contains anything but the output of a build, or if the bundle would need a package at run time
 */
export async function writePackage(folder: string): Promise<ReadonlyMap<string, number>> {
  const target = resolve(folder);
  await clear(target);
  const { files } = await bundle(root, target);
  await chmod(join(target, BUNDLE_FILE), 0o755);
  await packGraphiql(join(target, GRAPHIQL_FOLDER));
  await writeFile(join(target, 'package.json'), await manifest());
  await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
  const page = await packConsole(join(target, CONSOLE_FOLDER));
  const packed = [...files, ...page.files, join(root, 'node_modules', GRAPHIQL_PACKAGE, 'package.json')];
  await writeFile(join(target, 'THIRD_PARTY_LICENSES.txt'), await notices(packed));
  return sizes(target);
}

async function clear(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const names = await readdir(target);
  if (names.length > 0 && !names.includes(BUNDLE_FILE)) {
    throw new Error(`${target} is not empty. Expected an empty folder, or the output of an earlier build.`);
  }
  await Promise.all(names.map((name) => rm(join(target, name), { recursive: true })));
}

/** The package.json: name, version and command, without dependencies. */
async function manifest(): Promise<string> {
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { name, version, description, license, private: isPrivate, type, engines } = own;
  const bin = { [name]: BUNDLE_FILE };
  const packed = { name, version, description, license, private: isPrivate, type, engines, bin };
  return `${JSON.stringify(packed, null, 2)}\n`;
}

async function sizes(target: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of (await readdir(target, { recursive: true })).sort()) {
    const status = await stat(join(target, name));
    if (status.isFile()) found.set(name, status.size);
  }
  return found;
}
