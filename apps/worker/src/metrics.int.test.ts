import { formatTrace } from '@packshot/service';
import { eventually } from '@packshot/testing';
import { createWorkerMetrics } from './metrics';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

jest.setTimeout(3 * PATIENCE_MS);

/** The value of the one series of this name that has these labels; null when there is none. */
function figure(text: string, name: string, labels: Record<string, string> = {}): number | null {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((candidate) => /^\w+/.exec(candidate)?.[0] === name && wanted.every((label) => candidate.includes(label)));
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')));
}

describe('a worker that serves metrics', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open();
  });
  afterAll(() => bench.close());

  test('counts what became of items, where their time went, and why engines were replaced', async () => {
    const worker = await bench.startWorkerProcess({ METRICS_PORT: '0' });
    const port = /metrics are served .*"port":(\d+)/.exec(worker.output())?.[1];
    const address = `http://127.0.0.1:${port}`;
    const scrape = async () => (await fetch(`${address}/metrics`)).text();
    expect(figure(await scrape(), 'packshot_worker_ready')).toBe(1);

    const job = await bench.submit([
      scripted({ do: 'succeed' }),
      scripted({ do: 'fail', code: 'corrupt_image' }),
      scripted({ do: 'crash', once: bench.path('crashed') }),
    ]);
    expect((await bench.ended(job)).map(({ status }) => status)).toEqual(['succeeded', 'failed', 'succeeded']);

    // The record is written before the figures are.
    await eventually(async () => {
      const text = await scrape();
      const attempts = (outcome: string, code: string) =>
        figure(text, 'packshot_item_attempts_total', { outcome, code });
      expect(attempts('succeeded', '')).toBe(2);
      expect(attempts('failed', 'corrupt_image')).toBe(1);
      expect(attempts('rerun', 'engine_crashed')).toBeGreaterThanOrEqual(1);
      for (const phase of ['queue', 'download', 'decode', 'infer', 'encode', 'upload']) {
        expect(figure(text, 'packshot_item_phase_duration_seconds_count', { phase })).toBe(2);
      }
      expect(figure(text, 'packshot_engine_restarts_total', { reason: 'crashed' })).toBe(1);
      expect(figure(text, 'packshot_engine_load_duration_seconds_count')).toBe(2);
      expect(figure(text, 'packshot_engine_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(figure(text, 'packshot_items_in_progress')).toBe(0);
      const puts = figure(text, 'packshot_storage_operation_duration_seconds_count', { operation: 'put' });
      expect(puts).toBeGreaterThan(0);
    });
    expect((await fetch(`${address}/elsewhere`)).status).toBe(404);
    await worker.stop();
  });

  test('logs each item and the end of the job with the ids of the request that made it', async () => {
    const worker = await bench.startWorkerProcess({ LOG_FORMAT: 'json' });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const trace = formatTrace({ traceId, spanId: '00f067aa0ba902b7', sampled: true, state: null });
    const job = await bench.submit([scripted({ do: 'succeed' }), scripted({ do: 'fail', code: 'corrupt_image' })], {
      trace,
      requestId: 'req-of-the-shop',
    });
    const items = await bench.ended(job);
    await worker.waitForLine(/"message":"job ended"/, PATIENCE_MS);
    const lines = worker
      .output()
      .split('\n')
      .filter((line) => line.includes(job.id));
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const ids = { service: 'worker', job: job.id, request_id: 'req-of-the-shop', trace_id: traceId };
    expect(said).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...ids, message: 'item succeeded', item: items[0]?.id, attempt: 1 }),
        expect.objectContaining({ ...ids, message: 'item failed', item: items[1]?.id, code: 'corrupt_image' }),
      ]),
    );
    expect(said.filter(({ message }) => message === 'job ended')).toEqual([
      expect.objectContaining({ ...ids, tenant: 'default', status: 'partially_succeeded', total: 2, failed: 1 }),
    ]);
    expect(said.filter(({ trace_id }) => trace_id !== traceId)).toEqual([]);
  });

  test('gives the engine of a sandbox job the word that its result is to be marked', async () => {
    await bench.startWorkerProcess();
    const jobs = await Promise.all(
      [true, false].map((sandbox) => bench.submit([scripted({ do: 'succeed' })], { sandbox })),
    );
    const notes = await Promise.all(jobs.map(async (job) => (await bench.ended(job))[0]?.notes));
    expect(notes).toEqual([['watermarked'], []]);
  });
});

describe('the metrics of a worker', () => {
  test('time the stages that ran, by provider, and not those that were skipped', async () => {
    const metrics = createWorkerMetrics();
    metrics.observeItem({
      stages: [
        { name: 'denoise', model: null, provider: null, skipped: 'hardly any noise', duration_ms: 3 },
        { name: 'shadow', model: null, provider: null, skipped: null, duration_ms: 40 },
        { name: 'background', model: 'compact-cutout', provider: 'cpu', skipped: null, duration_ms: 700 },
      ],
    });
    const text = await metrics.registry.metrics();
    const total = (stage: string, provider: string) =>
      figure(text, 'packshot_stage_duration_seconds_sum', { stage, provider });
    expect(total('shadow', 'none')).toBe(0.04);
    expect(total('background', 'cpu')).toBe(0.7);
    expect(text).not.toContain('stage="denoise"');
  });

  test('are 0 where nothing is known yet', async () => {
    const text = await createWorkerMetrics().registry.metrics();
    for (const name of [
      'packshot_worker_ready',
      'packshot_items_in_progress',
      'packshot_engine_resident_memory_bytes',
    ]) {
      expect(figure(text, name)).toBe(0);
    }
  });
});
