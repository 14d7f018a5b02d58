import { memoizeAsync } from '../../cache/memoize.ts';
import { type Body, type Encoding, sendEncoded } from '../http/compression.ts';
import type { Handler } from '../http/request-context.ts';
import { readOnly } from '../http/responses.ts';
import { type Build, findBuild, HOW_TO_BUILD } from './console-build.ts';
import { FILE_TYPES, type FileExtension, hashedFile, pageHeaders } from './static-files.ts';

/** The console, served whole by the gateway. */
export interface Console {
  /** The page and the files that it loads, by path; there is nothing else below them. */
  readonly routes: readonly [path: string, handler: Handler][];
  /** The documents that the page sends by id. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Names as a build gives them: a word, a dot or a hyphen, a hash of the content, an extension. */
const BUILT = /^console\/([\w-]+)(?:\.([\w-]+))?\.(\w+)$/;

/** Least characters of a hash. */
const HASH_LENGTH = 8;

/** The extension of a file with a hash of its content in its name; undefined for other files. */
function hashedExtension(name: string): string | undefined {
  const [, word = '', hash, extension] = BUILT.exec(name) ?? [];
  const isHashed =
    hash === undefined ? word.slice(1, -HASH_LENGTH).includes('-') : hash.length >= HASH_LENGTH;
  return isHashed ? extension : undefined;
}

/**
 * Opens the console where it is built; undefined where it is not.
 *
 * @param isAskedFor whether the operator named it
 * @param folder of the build, where it is not the usual one
 * @throws Error for the operator who did, when it is not built
 */
export async function openConsole(isAskedFor: boolean, folder?: URL): Promise<Console | undefined> {
  const build = await findBuild(folder);
  if (build !== undefined) return consoleOf(build);
  if (isAskedFor) throw new Error(`CONSOLE=on, but the console is not built. ${HOW_TO_BUILD}.`);
  return undefined;
}

/** Serves a build. A file is read and compressed at the first request, once for each encoding, and kept: 0.3 MB for browsers. */
export async function consoleOf(build: Build): Promise<Console> {
  const bodyOf = (name: string): Body => memoizeAsync((encoding: Encoding) => build.read(name, encoding));
  const page = bodyOf('index.html');
  const files = build.names.flatMap((name): [string, Handler][] => {
    const extension = hashedExtension(name) ?? '';
    return Object.hasOwn(FILE_TYPES, extension)
      ? [[`/${name}`, hashedFile(extension as FileExtension, bodyOf(name))]]
      : [];
  });
  return {
    routes: [['/console', readOnly((context) => sendEncoded(context, page, pageHeaders({})))], ...files],
    documents: new Map(Object.entries(JSON.parse(await build.readDocuments()))),
  };
}
