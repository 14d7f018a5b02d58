import type { Machine } from '../machine.ts';
import { modes } from '../modes/index.ts';
import type { Mode } from '../modes/mode.ts';
import type { Options } from '../options.ts';
import type { Peer } from '../peers/peer.ts';
import type { Results } from '../results.ts';
import type { Verdict } from '../verdicts.ts';
import { cellsOf, markdown, plain } from './table.ts';

/** The content of a report. */
export interface Report {
  readonly machine: Machine;
  readonly options: Options;
  readonly results: Results;
  readonly verdicts: readonly Verdict[];
  readonly peers: readonly Peer[];
  /** Remarks on this run. */
  readonly remarks: readonly string[];
}

/** For a terminal. */
export function asText(report: Report): string {
  const tables = measured(report).map(
    (mode) => `${mode.name}: ${mode.title}\n${plain(cellsOf(mode, report.results))}`,
  );
  const width = Math.max(0, ...report.verdicts.map(({ target }) => target.length));
  const verdicts = report.verdicts.map(
    ({ target, found, met }) => `${met ? 'met   ' : 'MISSED'}  ${target.padEnd(width)}  ${found}`,
  );
  const blocks = [description(report), ...tables, verdicts.join('\n'), notes(report).join('\n')];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** For the documentation. */
export function asMarkdown(report: Report): string {
  const tables = measured(report).map(
    (mode) => `## ${mode.name}\n\n${capital(mode.title)}.\n\n${markdown(cellsOf(mode, report.results))}`,
  );
  const rows = report.verdicts.map(({ target, found, met }) => [target, found, met ? 'met' : '**missed**']);
  const verdicts = rows.length === 0 ? '' : `## Targets\n\n${markdown([['target', 'found', ''], ...rows])}`;
  const list = notes(report).map((note) => `- ${note}`);
  const blocks = [
    '# Measurements',
    `${description(report)}`,
    verdicts,
    ...tables,
    `## Notes\n\n${list.join('\n')}`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function measured({ results }: Report): Mode[] {
  return Object.values(modes).filter(({ name }) => results.labels(name).length > 0);
}

function description({ machine, options }: Report): string {
  const { cpu, cores, memoryGb, kernel, node, wrk, loadBefore, date } = machine;
  const { rounds, seconds, connections } = options;
  const how = rounds === 1 ? 'one round' : `median of ${rounds} rounds (least–greatest), peers in turn`;
  return (
    `${date}: ${cpu}, ${cores} cores shared by peer, upstream and load, ${memoryGb} GB, ${kernel}, Node ${node}, ` +
    `wrk ${wrk}; load before the start ${loadBefore.toFixed(1)}. ${capital(how)}, ${seconds} s each, ` +
    `${connections} connections of one wrk thread.`
  );
}

function notes({ peers, remarks }: Report): string[] {
  return [
    ...peers.map(({ name, what, dialect }) => {
      const fields = dialect === undefined ? '' : `; ${dialect.fieldsOfJob} fields of each job are asked for`;
      return `${name}: ${what}${fields}.`;
    }),
    'All but the gateway read the same list, in the same bytes, without signatures from a second door of the upstream process; a page there is encoded once, the emulator verifies each call and puts the page together anew.',
    'CPU is user and kernel time of a peer and its children, resident memory (RSS) likewise. Each measurement has a process of its own, which has been loaded before. Requests under way when a load ends count among the calls, not among the responses.',
    ...remarks,
  ];
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
