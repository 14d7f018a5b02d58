/** Prometheus' text, parsed for tests. */
export interface Metrics {
  readonly text: string;
  /** Sum of a metric's samples with these labels, whatever their other labels; 0 without samples. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Samples of a metric that are not 0, as lines. */
  lines(name: string): string[];
}

/** Reads the metrics of a gateway. @param headers with credentials */
export async function metricsOf(origin: string, headers: Record<string, string> = {}): Promise<Metrics> {
  const response = await fetch(`${origin}/metrics`, { headers });
  if (response.status !== 200) throw new Error(`/metrics: HTTP ${response.status}`);
  const text = await response.text();
  const lines = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => !line.endsWith(' 0'));
  return {
    text,
    lines,
    sum: (name, labels = {}) =>
      lines(name)
        .filter((line) =>
          Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
        )
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0),
  };
}
