import { VARIABLES } from './variables.ts';
import { VENDOR_VARIABLES } from './vendor.ts';

const UNSET = 'unset';

/** The text of `--help`: every variable with its default and meaning. @param command what starts the program */
export function helpText(command: string): string {
  const own = Object.entries(VARIABLES).map(([name, { meaning, allowed, default: fallback }]) =>
    entry(name, [meaning, `Allowed: ${allowed}.`, `Default: ${plain(fallback ?? UNSET)}.`]),
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => entry(name, [meaning]));
  return [
    `Usage: ${command} [--help]`,
    '',
    'A GraphQL gateway for the voice cloning jobs of Alibaba Cloud Intelligent Media Services.',
    'It is configured by environment variables alone; an empty one counts as unset.',
    '',
    ...own,
    "Credentials, looked up in the order of the vendor's default chain:",
    '',
    ...vendor,
  ].join('\n');
}

/** docs/configuration.md. */
export function configurationPage(): string {
  const own = Object.entries(VARIABLES).map(
    ([name, { meaning, allowed, default: fallback }]) =>
      `| \`${name}\` | ${marked(fallback ?? UNSET)} | ${allowed} | ${meaning} |`,
  );
  const vendor = VENDOR_VARIABLES.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`);
  return `<!-- Written by \`npm run codegen\` from src/config; do not edit. -->
# Configuration

Environment variables alone; an empty one counts as unset. All problems of a start are listed in one message, then it
ends with exit code 1. A name that begins like one of the gateway's own (\`IMS_\`, \`CACHE_\`, \`AUTH_\`, \`LIMIT_\`, \`LIVE_\`)
and is none of them is a problem too.

| name | default | allowed | meaning |
|---|---|---|---|
${own.join('\n')}

## Credentials

Looked up in the order of the vendor's default chain, and again every minute.

| name | meaning |
|---|---|
${vendor.join('\n')}
`;
}

function entry(name: string, lines: readonly string[]): string {
  return `  ${name}\n${lines.map((line) => `      ${plain(line)}\n`).join('')}`;
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}

/** A value alone is set as code; a sentence that names values has its marks already. */
function marked(text: string): string {
  return /^[\w.-]+$/.test(text) && text !== UNSET ? `\`${text}\`` : text;
}
