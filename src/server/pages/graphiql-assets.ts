import { readFileSync } from 'node:fs';
import { type Body, compress, type Encoding, keep } from '../http/compression.ts';
import type { Handler } from '../http/routes.ts';
import { BUNDLE_FILES, type BundleName, bundleHash, loadBundle, shortHash } from './graphiql-bundle.ts';
import { type FileExtension, hashedFile } from './static-files.ts';

/** One file that the page loads. Its path holds a hash of its content, so what is there never changes. */
export interface Asset {
  /** From the root, as in `/graphiql/boot.0123456789ab.js`. */
  readonly path: string;
  readonly handler: Handler;
}

/** Everything the page loads. */
export interface Assets {
  readonly bundle: Readonly<Record<BundleName, Asset>>;
  readonly boot: Asset;
  readonly logo: Asset;
  /** The logo's markup. */
  readonly logoSvg: string;
  /** Begins to make the bundle ready, for a page that is going to ask for it. */
  warmUp(encoding: Encoding): void;
}

/**
 * Names the page's files, without loading GraphiQL: it is imported and compressed when it is first asked for, once for
 * each encoding, and then kept. That is 2.1 MB for brotli, 2.4 MB for gzip and 8.8 MB for callers that take neither.
 */
export function createAssets(): Assets {
  const bundle = keep(loadBundle);
  const hash = bundleHash();
  const fromBundle = Object.entries(BUNDLE_FILES).map(([name, [stem, extension]]) => {
    const body: Body = async (encoding) => (await bundle(encoding))[name as BundleName];
    return [name, asset(stem, hash, extension, body)];
  });
  const logoSvg = ownFile('logo.svg');
  return {
    bundle: Object.fromEntries(fromBundle) as Record<BundleName, Asset>,
    boot: ownAsset('boot', 'js', ownFile('boot.js')),
    logo: ownAsset('logo', 'svg', logoSvg),
    logoSvg,
    warmUp(encoding) {
      // Whoever asks for a file next is told what went wrong.
      bundle(encoding).catch(() => {});
    },
  };
}

function ownFile(name: string): string {
  return readFileSync(new URL(`browser/${name}`, import.meta.url), 'utf8');
}

function ownAsset(stem: string, extension: FileExtension, text: string): Asset {
  const body = keep((encoding: Encoding) => compress(text, encoding));
  return asset(stem, shortHash(text), extension, body);
}

function asset(stem: string, hash: string, extension: FileExtension, body: Body): Asset {
  return { path: `/graphiql/${stem}.${hash}.${extension}`, handler: hashedFile(extension, body) };
}
