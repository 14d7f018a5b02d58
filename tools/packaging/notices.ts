import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files whose content licenses require to be distributed. */
const NOTICE = /^(licen[cs]e|copying|notice)\b/i;

const RULE = `\n${'-'.repeat(80)}\n\n`;

/**
 * License notices of all packages that contain some files: name, version, license and license texts.
 *
 * @param files absolute paths; those outside of `node_modules` are ignored
 */
export async function notices(files: readonly string[]): Promise<string> {
  const folders = new Set(files.filter((file) => file.includes('/node_modules/')).map(packageOf));
  const parts = await Promise.all([...folders].map(noticeOf));
  const head = 'The packages that are part of this one, with their licenses. Written by its build.\n';
  return [head, ...new Set(parts.sort())].join(RULE);
}

/** Root folder of the package that contains a file. */
function packageOf(file: string): string {
  const [, inner = ''] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return file.slice(0, file.lastIndexOf(`/node_modules/${inner}`) + `/node_modules/${inner}`.length);
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license, homepage, repository } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const texts = await Promise.all(
    (await readdir(folder))
      .filter((file) => NOTICE.test(file))
      .map((file) => readFile(join(folder, file), 'utf8')),
  );
  const from = homepage ?? repository?.url ?? repository;
  const title = [
    `${name} ${version}`,
    `License: ${license ?? 'see below'}`,
    ...(from ? [`From: ${from}`] : []),
  ];
  return [title.join('\n'), ...texts.map((text) => text.trim())].join('\n\n').concat('\n');
}
