import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { needs } from '../parts/needs.ts';
import { startBusyGateway } from './busy-gateway.ts';
import { selectorsIn } from './promql.ts';
import { promtool } from './promtool.ts';

const root = join(import.meta.dirname, '../..');
const RULES = join(root, 'deploy/prometheus');
const DASHBOARDS = join(root, 'deploy/grafana');

const namesIn = (folder: string, ending: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const ruleFiles = namesIn(RULES, '.rules.yml');
const read = (file: string) => readFileSync(file, 'utf8');

interface Rule {
  readonly expr: string;
  readonly record?: string;
  readonly alert?: string;
  readonly annotations?: { readonly runbook?: string };
}

const rules = ruleFiles.flatMap((file): Rule[] =>
  parse(read(file)).groups.flatMap((group: { rules: Rule[] }) => group.rules),
);
/** Values of one property in all rules, in the order of the files, without missing ones. */
const inRules = (name: 'expr' | 'record' | 'alert') => rules.flatMap((rule) => rule[name] ?? []);

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const panels = namesIn(DASHBOARDS, '.json').flatMap((file) => JSON.parse(read(file)).panels as Panel[]);
/** Expressions of panels, with Grafana's variables substituted. */
const panelExpressions = panels.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replace(/\$\w+/g, 'x')),
);
const ruleExpressions = inRules('expr');
const recorded = inRules('record');
const alerts = inRules('alert');

describe('the Prometheus rules', () => {
  test('are valid', async () => {
    const { code, output } = await promtool(['check', 'rules', ...ruleFiles]);
    expect(code, output).toBe(0);
    expect(output).toContain(`SUCCESS: ${alerts.length} rules found`);
    expect(ruleExpressions).toHaveLength(alerts.length + recorded.length);
  });

  test('name the job in every selector, so that no other program or deployment fires an alert', () => {
    for (const expression of [...ruleExpressions, ...panelExpressions]) {
      const selectors = selectorsIn(expression);
      expect(selectors.length, expression).toBeGreaterThan(0);
      for (const { name, labels } of selectors) expect(labels, `${name} in ${expression}`).toContain('job');
    }
  });

  test('have names with the prefix of this gateway', () => {
    for (const alert of alerts) expect(alert).toMatch(/^VoiceJobs[A-Z]/);
    for (const name of recorded) expect(name).toMatch(/^[a-z_]+:voicejobs_[a-z_]+:[a-z0-9_]+$/);
  });

  test('pass their unit tests', async () => {
    const { code, output } = await promtool(['test', 'rules', ...namesIn(join(RULES, 'tests'), '.test.yml')]);
    expect(code, output).toBe(0);
  });

  test('have a positive and a negative test per alert', () => {
    const tests = namesIn(join(RULES, 'tests'), '.test.yml').map(read).join('');
    const tested = [...tests.matchAll(/^ {2}- name: (\w+)$/gm)].map(([, name]) => name);
    expect(tested.sort()).toEqual([...alerts].sort());
    for (const alert of alerts) {
      expect(tests, alert).toMatch(new RegExp(`alertname: ${alert}, exp_alerts: \\[\\]`));
      expect(tests, alert).toMatch(new RegExp(`alertname: ${alert}\\n +exp_alerts:`));
    }
  });

  test('are documented, each alert at its runbook URL', () => {
    const runbooks = rules.flatMap(({ annotations }) => annotations?.runbook ?? []);
    expect(runbooks).toEqual(alerts.map(() => 'docs/operations.md#alerts'));
    const [, section = ''] = read(join(root, 'docs/operations.md')).split('\n## Alerts\n');
    const explained = [...section.matchAll(/^\| ([A-Z][\w, ]+) \|/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    expect(explained.sort()).toEqual([...alerts].sort());
  });
});

describe('the Grafana dashboard', () => {
  test('has valid Prometheus expressions', async () => {
    expect(panelExpressions.length).toBeGreaterThan(30);
    const folder = await mkdtemp(join(tmpdir(), 'voice-jobs-panels-'));
    const file = join(folder, 'panels.yml');
    const rules = panelExpressions.map((expr, index) => ({ record: `panel:${index}`, expr }));
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const { code, output } = await promtool(['check', 'rules', file]);
    await rm(folder, { recursive: true });
    expect(code, output).toBe(0);
  });

  test('has a title and an expression in every panel', () => {
    for (const { title, type, targets = [] } of panels) {
      expect(title).not.toBe('');
      expect(targets.length > 0, title).toBe(type !== 'row');
    }
    const titles = panels.filter(({ type }) => type !== 'row').map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('the metrics of a running gateway', () => {
  needs('redis');
  let text: string;
  beforeAll(async () => {
    await using gateway = await startBusyGateway();
    text = await (await fetch(`${gateway.origin}/metrics`)).text();
  });

  /** Labels of a metric's samples without `le`; undefined for a metric without samples. */
  const labelsOf = (name: string) => {
    const suffixed = new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`);
    const samples = text.split('\n').filter((line) => suffixed.test(line));
    if (samples.length === 0) return undefined;
    const labels = samples.flatMap((sample) =>
      [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
    );
    return [...new Set(labels)].filter((label) => label !== 'le').sort();
  };

  /** Labels that Prometheus adds when it scrapes, and the bound of a histogram's bucket. */
  const ADDED = ['job', 'instance', 'le'];

  test('are valid and follow the naming conventions', async () => {
    const { code, output } = await promtool(['check', 'metrics'], text);
    expect(output).toBe('');
    expect(code).toBe(0);
  });

  test('include all metrics and labels that rules and dashboard use', () => {
    const selectors = [...ruleExpressions, ...panelExpressions].flatMap(selectorsIn);
    expect(new Set(selectors.map(({ name }) => name)).size).toBeGreaterThan(25);
    for (const { name, labels } of selectors) {
      if (name === 'up' || recorded.includes(name)) continue;
      const known = labelsOf(name);
      expect(known, name).toBeDefined();
      for (const label of labels)
        expect(ADDED.includes(label) || known?.includes(label), `${name}{${label}}`).toBe(true);
    }
  });

  test('include all metrics that dashboard and documentation mention', () => {
    const docs = namesIn(join(root, 'docs'), '.md');
    const files = [
      ...docs,
      ...namesIn(DASHBOARDS, '.json'),
      join(root, 'README.md'),
      join(root, 'SECURITY.md'),
    ];
    const texts = files.map(read);
    // After a colon is the name of a recording rule.
    const mentioned = texts.flatMap((text) => text.match(/(?<![\w:])voicejobs_\w+/g) ?? []);
    const rules = texts.flatMap((text) => text.match(/\b\w+:voicejobs_\w+:\w+/g) ?? []);
    expect(rules.filter((name) => !recorded.includes(name))).toEqual([]);
    expect(mentioned.length).toBeGreaterThan(60);
    for (const name of mentioned) expect(labelsOf(name), name).toBeDefined();
  });

  test('have the prefix voicejobs_, except for those of the process and of Node', () => {
    const names = typesIn(ownMetrics(text)).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(25);
    for (const name of names) expect(name).toMatch(/^voicejobs_[a-z]+(_[a-z]+)+$/);
  });

  test('are exactly the documented ones, with their types, units and labels', () => {
    const exposed = typesIn(ownMetrics(text)).map(({ name, type }) => ({
      name,
      type,
      labels: labelsOf(name),
    }));
    expect(
      documentedMetrics()
        .map(({ name, type, labels }) => ({ name, type, labels }))
        .sort(byName),
    ).toEqual(exposed.sort(byName));
    for (const { name, unit } of documentedMetrics()) expect(unit, name).toMatch(unitOf(name));
  });

  test('have one type each, in one place', () => {
    const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const series = samples.map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(new Set(series).size).toBe(series.length);
    // On the first scrape, Node reports nothing about its event loop.
    for (const line of samples) expect(line).toMatch(/ (-?\d+(\.\d+)?(e[+-]\d+)?|nan)$/i);
  });
});

interface TypedName {
  readonly name: string;
  readonly type: string;
}

/** Names and types declared in an exposition. */
function typesIn(text: string): TypedName[] {
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
}

interface DocumentedMetric extends TypedName {
  readonly unit: string;
  readonly labels: readonly string[];
}

/** Rows of the tables in docs/telemetry.md: metric, type, unit, labels. */
function documentedMetrics(): DocumentedMetric[] {
  const rows = /^\| `(voicejobs_\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|/gm;
  return [...read(join(root, 'docs/telemetry.md')).matchAll(rows)].map(
    ([, name = '', type = '', unit = '', labels = '']) => ({
      name,
      type,
      unit,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    }),
  );
}

/** Unit in a metric's name. */
function unitOf(name: string): RegExp {
  if (name.endsWith('_requests_per_second')) return /^requests per second$/;
  if (name.endsWith('_seconds')) return /^seconds$/;
  if (/_(state|up|paused)$/.test(name)) return /^0 or 1$/;
  return /^[a-z]+s$/;
}

const byName = (one: TypedName, other: TypedName) => (one.name < other.name ? -1 : 1);

/** Without the metrics of the process and of Node, whose names are prom-client's. */
function ownMetrics(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(# (HELP|TYPE) )?(process|nodejs)_/.test(line))
    .join('\n')
    .replace(/\n\n+/g, '\n');
}
