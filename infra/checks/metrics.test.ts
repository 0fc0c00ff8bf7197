import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Jobs } from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import { InFlight } from '../../apps/api/src/http/in-flight';
import { createMetrics } from '../../apps/api/src/metrics';
import { createWorkerMetrics } from '../../apps/worker/src/metrics';
import { root } from './workspaces';

/** Asked for their names only; a scrape would ask Redis. */
const api = createMetrics(
  {} as Jobs,
  new InFlight({ maxRequests: 1, maxStreams: 1, maxBytes: 1 }),
  createLogger({ name: 'test', level: 'error', format: 'json' }),
).registry;
const { registry: worker } = createWorkerMetrics();

interface Described {
  name: string;
  help: string;
  labels: string[];
  histogram: boolean;
}

const described: Described[] = [api, worker].flatMap((registry) =>
  registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames = [] } = metric as unknown as { name: string; help: string; labelNames?: string[] };
    return { name, help, labels: [...labelNames].filter((label) => label !== 'le'), histogram: 'buckets' in metric };
  }),
);
const ours = described.filter(({ name }) => name.startsWith('packshot_'));
const names = new Set(described.flatMap(({ name, histogram }) => (histogram ? forms(name) : [name])));

function forms(name: string): string[] {
  return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('a metric', () => {
  it('is named as Prometheus asks: base units, and _total for what only grows', () => {
    for (const { name } of ours) expect(name).toMatch(/^packshot_[a-z]+(_[a-z]+)*$/);
    for (const { name, histogram } of ours) if (histogram) expect(name).toMatch(/_seconds$/);
    expect(ours.filter(({ name }) => /(_ms|_mb|_millis|_minutes|_hours)(_|$)/.test(name))).toEqual([]);
  });

  it('has no label that would make a series of every job, key or client', () => {
    const known = ['method', 'route', 'status', 'code', 'lane', 'queue', 'state', 'operation'];
    const more = ['outcome', 'phase', 'stage', 'provider', 'reason'];
    for (const { labels } of ours) expect([...known, ...more]).toEqual(expect.arrayContaining(labels));
  });
});

describe('the dashboard', () => {
  it('shows only figures that there are, and every one of ours', () => {
    const { panels } = JSON.parse(read('infra/grafana/dashboards/packshot.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const shown = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(packshot|process|nodejs)_\w+/g) ?? []),
    );
    expect(shown.filter((name) => !names.has(name))).toEqual([]);
    const missing = ours.filter(({ name }) => !forms(name).some((form) => shown.includes(form)));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('uses every label by a name that its figure has', () => {
    const dashboard = read('infra/grafana/dashboards/packshot.json');
    const labels = new Set(['le', 'service', 'instance', ...ours.flatMap((metric) => metric.labels)]);
    const used = [...dashboard.matchAll(/\{\{(\w+)\}\}|by \(([\w, ]+)\)/g)].flatMap(([, legend, by]) =>
      legend === undefined ? (by ?? '').split(', ') : [legend],
    );
    expect(used.filter((label) => !labels.has(label))).toEqual([]);
  });
});

describe('the documentation', () => {
  const page = read('docs/10-operations.md');

  it('names only figures that there are', () => {
    const named = page.match(/\b(packshot|nodejs|process)_[a-z_]*[a-z]\b/g) ?? [];
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(ours.map(({ name, labels }) => [name, labels.join(', ')]))(
    'has a row for %s with its labels',
    (name, labels) => {
      expect(page.replaceAll(/ +/g, ' ')).toContain(`| \`${name}\` | ${labels ? `${labels} ` : ''}|`);
    },
  );
});
