import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { installPackages } from '../install.ts';
import { Bench } from './bench.ts';
import { describeMachine } from './machine.ts';
import { modes } from './modes/index.ts';
import type { Figures } from './modes/mode.ts';
import { type Options, parseOptions, UsageError } from './options.ts';
import { peers } from './peers/index.ts';
import type { Peer } from './peers/peer.ts';
import { asMarkdown, asText, type Report } from './report/report.ts';
import { Results } from './results.ts';
import { checkSameAnswers } from './same-answers.ts';
import { verdicts } from './verdicts.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    const report = await measure(options);
    process.stdout.write(asText(report));
    if (options.markdown !== undefined) await writeFile(options.markdown, asMarkdown(report));
    const { machine, results, verdicts: judged } = report;
    const json = { machine, options, results, verdicts: judged };
    if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(json, null, 2)}\n`);
  } catch (error) {
    const message = error instanceof UsageError ? error.message : `The bench failed: ${explain(error)}`;
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  }
}

/** @throws Error for a failure or a wrong response; a missed target is not an error */
async function measure(options: Options): Promise<Report> {
  const machine = describeMachine();
  await installPackages(
    import.meta.dirname,
    'the packages of the peers (tools/bench/package-lock.json, some 600 MB)',
  );
  const remarks: string[] = [];
  const chosen = options.only
    .map((name) => peers[name])
    .filter((peer) => {
      const reason = peer.missing?.();
      if (reason !== undefined) remarks.push(`${peer.name} was left out: ${reason}.`);
      return reason === undefined;
    });
  await using bench = await Bench.open(options);
  for (const peer of chosen) {
    tell(`walking 5,000 jobs: ${peer.name}`);
    const walked = peer.dialect === undefined ? peers.gateway : peer;
    await named(walked, 'the first walk', () => bench.pages(peer));
  }
  if (chosen.includes(peers.gateway)) {
    const pages = await named(peers.gateway, 'cache on', () => checkSameAnswers(bench));
    remarks.push(
      `${pages} pages of the gateway, each asked for twice with the cache on, were byte for byte those with it off.`,
    );
  }
  const results = new Results();
  for (let round = 1; round <= options.rounds; round++) {
    for (const name of options.modes) {
      const found = new Map<string, Figures>();
      for (const peer of chosen) {
        if (peer.modes?.includes(name) === false) continue;
        tell(`round ${round} of ${options.rounds}, ${name}: ${peer.name}`);
        const measured = await named(peer, name, () => modes[name].measure(bench, peer));
        for (const [label, figures] of Object.entries(measured)) found.set(label, figures);
      }
      results.add(name, found);
    }
  }
  return { machine, options, results, verdicts: verdicts(results), peers: chosen, remarks };
}

/** Adds the peer to the message of an error. */
async function named<T>(peer: Peer, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Error(`${peer.name}, ${doing}: ${explain(error)}`, { cause: error });
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}
