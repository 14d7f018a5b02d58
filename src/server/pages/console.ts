import { memoizeAsync } from '../../cache/memoize.ts';
import { type Body, type Encoding, sendEncoded } from '../http/compression.ts';
import type { Handler } from '../http/request-context.ts';
import { readOnly } from '../http/responses.ts';
import { type Build, findBuild, HOW_TO_BUILD } from './console-build.ts';
import { FILE_TYPES, type FileExtension, hashedFile, pageHeaders } from './static-files.ts';

/** The console as the gateway serves it, without any other host. */
export interface Console {
  /** The page and the files that it loads, by path. */
  readonly routes: readonly [path: string, handler: Handler][];
  /** The documents that the page sends by id. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Names of built files: a word, a dot or a hyphen, a hash of the content, an extension. */
const BUILT = /^console\/([\w-]+)(?:\.([\w-]+))?\.(\w+)$/;

/** Minimum length of a content hash, in characters. */
const HASH_LENGTH = 8;

/** The extension of a file whose name contains a content hash; undefined for other files. */
function hashedExtension(name: string): string | undefined {
  const [, word = '', hash, extension] = BUILT.exec(name) ?? [];
  const isHashed =
    hash === undefined ? word.slice(1, -HASH_LENGTH).includes('-') : hash.length >= HASH_LENGTH;
  return isHashed ? extension : undefined;
}

/**
 * Opens the console; undefined when it is not built.
 *
 * @param isRequired whether the operator set `CONSOLE=on`
 * @param folder of the build, if not the default
 * @throws Error when the console is required but not built
 */
export async function openConsole(isRequired: boolean, folder?: URL): Promise<Console | undefined> {
  const build = await findBuild(folder);
  if (build !== undefined) return consoleOf(build);
  if (isRequired) throw new Error(`CONSOLE=on, but the console is not built. ${HOW_TO_BUILD}.`);
  return undefined;
}

/**
 * Serves a build. Each file is read and compressed once per coding, on first request, and then stays in memory: 0.3 MB
 * for browsers.
 */
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
