import { buffer, text } from 'node:stream/consumers';
import { itemViewSchema, type PipelineRequest } from '@packshot/contracts';
import { listWorkers, toItemView } from '@packshot/jobs';
import { cutOff, decodeRaw, poll, productPhoto } from '@packshot/testing';
import { PATIENCE_MS, Workbench } from './testing/workbench';

const PIPELINE = { denoise: true, shadow: true, background: true };

jest.setTimeout(5 * PATIENCE_MS);

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open({ LOCK_SECONDS: '30' });
  await bench.startWorker({}, null);
});
afterAll(() => bench.close());

const read = async (key: string | undefined) => buffer((await bench.storage.get(key ?? '')).body);

async function engine(): Promise<{ pid: number; restarts: number }> {
  return poll(
    async () => {
      const found = (await listWorkers(bench.jobs.store))[0]?.engine;
      return found?.pid ? { pid: found.pid, restarts: found.restarts } : null;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

describe('a photo through the real engine', () => {
  test('comes out cut out, of its own size, with mask and provenance', async () => {
    const job = await bench.submit([await productPhoto({ format: 'jpeg' })], { pipeline: PIPELINE });
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      input: { name: 'photo', content_type: 'image/jpeg', width: 320, height: 240 },
      result: { content_type: 'image/png', width: 320, height: 240 },
      mask: { content_type: 'image/png', width: 320, height: 240 },
    });
    expect(item?.stages.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['denoise', null],
      ['shadow', null],
      ['background', null],
    ]);
    const result = await decodeRaw(await read(item?.result?.key));
    expect(result).toMatchObject({ width: 320, height: 240, channels: 4 });
    const alpha = result.data.filter((_, index) => index % 4 === 3);
    expect(Math.max(...alpha)).toBeGreaterThan(200);
    expect(Math.min(...alpha)).toBe(0);
    const provenance = (await bench.keys(job)).find((key) => key.endsWith('result.json')) ?? '';
    const facts = JSON.parse(await text((await bench.storage.get(provenance)).body)) as {
      models: { sha256: string }[];
    };
    expect(facts.models.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
    expect(facts.models.length).toBeGreaterThan(0);
  });

  test('comes out composed before a picture from the store, with what was asked for beside it', async () => {
    const upload = 'upl_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21';
    const backdrop = await productPhoto({ width: 90, height: 60 });
    await bench.storage.put(`uploads/${upload}/original`, backdrop, { contentType: 'image/png' });
    const pipeline: PipelineRequest = {
      background: true,
      compose: { background: { image: { upload } }, crop: true, margin: 8, canvas: { width: 256, height: 256 } },
      output: { lint: ['amazon'], also: ['cutout', 'preview'] },
    };
    const job = await bench.submit([await productPhoto({ format: 'jpeg' })], { pipeline });
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({
      status: 'succeeded',
      result: { content_type: 'image/jpeg', width: 256, height: 256 },
      mask: { width: 256, height: 256 },
      also: { cutout: { width: 320, height: 240 }, preview: { width: 256, height: 256 } },
      lint: [{ marketplace: 'amazon', passed: false }],
    });
    expect(item?.subject?.left).toBeGreaterThanOrEqual(8);
    expect(await decodeRaw(await read(item?.also.cutout?.key))).toMatchObject({ width: 320, channels: 4 });
    if (item) {
      const view = await toItemView(item, 'http://localhost', {
        urlOf: async ({ key }) => ({ url: `http://s/${key}`, expires_at: new Date(0).toISOString() }),
      });
      expect(Object.keys(itemViewSchema.parse(view).also)).toEqual(['mask', 'cutout', 'preview']);
    }
  });

  test('fails with its code when it was cut off, and its neighbour succeeds', async () => {
    const photo = await productPhoto({ format: 'jpeg' });
    const items = await bench.ended(await bench.submit([cutOff(photo), photo], { pipeline: { background: true } }));
    expect(items[0]).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'corrupt_image' } });
    expect(items[1]?.status).toBe('succeeded');
  });

  test('comes out the same when the engine is killed on the way', async () => {
    const photo = await productPhoto({ width: 640, height: 480 });
    const [undisturbed] = await bench.ended(await bench.submit([photo], { pipeline: PIPELINE }));
    const before = await engine();
    const job = await bench.submit([photo], { pipeline: PIPELINE });
    await bench.underway(job, 0);
    process.kill(before.pid, 'SIGKILL');
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, crashes: 1 });
    expect(item?.result?.sha256).toBe(undisturbed?.result?.sha256);
    await poll(async () => (await engine()).restarts === 1, {
      timeoutMs: PATIENCE_MS,
      what: 'the report of the restart',
    });
    expect((await engine()).pid).not.toBe(before.pid);
  });

  test('is stopped between tiles when its job is canceled', async () => {
    const photo = await productPhoto({ width: 1000, height: 800 });
    const job = await bench.submit([photo], { pipeline: PIPELINE });
    await bench.underway(job, 0);
    await bench.jobs.cancel(job, bench.links);
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'canceled', result: null });
    expect((await bench.keys(job)).filter((key) => !key.endsWith('original'))).toEqual([]);
  });
});
