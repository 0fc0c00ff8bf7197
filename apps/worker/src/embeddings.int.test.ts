import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { PipelineRequest } from '@packshot/contracts';
import type { ItemRecord } from '@packshot/jobs';
import { productPhoto } from '@packshot/testing';
import { sweepEmbeddings } from './sweep-embeddings';
import { PATIENCE_MS, Workbench } from './testing/workbench';

/** A prompted model of a few kilobytes, with the ports of a real one. */
const MODELS_DIR = resolve(__dirname, '../../../packages/pipeline/fixtures/prompt');

jest.setTimeout(5 * PATIENCE_MS);

let bench: Workbench;
let photo: Buffer;
beforeAll(async () => {
  bench = await Workbench.open({ MODELS_DIR });
  photo = await productPhoto({ format: 'jpeg' });
});
afterAll(() => bench.close());

const click = (x: number, y: number): PipelineRequest => ({
  background: { model: 'prompt-boxes', prompt: { points: [[x, y, 1]] } },
});

async function cutOut(pipeline: PipelineRequest, image = photo): Promise<ItemRecord> {
  const [item] = await bench.ended(await bench.submit([image], { pipeline }));
  if (item === undefined) throw new Error('no item');
  return item;
}

/** Where the embedding came from, as the stage tells. */
function origin({ stages }: ItemRecord): string | undefined {
  return stages.flatMap(({ notes }) => notes ?? []).find((note) => note.startsWith('image embedding'));
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bench.storage.list('embeddings/')) keys.push(key);
  return keys;
}

describe('clicks on one photo', () => {
  test('in several jobs cost one run of the encoder, also after the worker was started anew', async () => {
    const first = await bench.startWorker({}, null);
    const items = [await cutOut(click(100, 100)), await cutOut(click(200, 120))];
    expect(items.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(items.map(origin)).toEqual(['image embedding: computed', 'image embedding: memory']);
    expect(await stored()).toEqual([expect.stringMatching(/^embeddings\/[0-9a-f]{64}\/[0-9a-f-]+\.bin$/)]);
    await first.close();

    const second = await bench.startWorker({}, null);
    const again = await cutOut(click(100, 100));
    expect(origin(again)).toBe('image embedding: folder');
    expect(again.result?.sha256).toBe(items[0]?.result?.sha256);

    // A store that gives something else back costs time, not the item.
    const [key = ''] = await stored();
    await bench.storage.put(key, Buffer.from('not an embedding'), { contentType: 'application/octet-stream' });
    await second.close();
    await bench.startWorker({}, null);
    expect(origin(await cutOut(click(100, 100)))).toBe('image embedding: computed');

    const other = await productPhoto({ format: 'jpeg', width: 200, height: 100 });
    expect(origin(await cutOut(click(10, 10), other))).toBe('image embedding: computed');
    const outside = await cutOut(click(300, 10), other);
    expect(outside).toMatchObject({ status: 'failed', error: { code: 'invalid_pipeline' } });
  });
});

describe('the sweeper', () => {
  const HOUR_MS = 3_600_000;
  const key = (digit: string) => `embeddings/${digit.repeat(64)}/a.bin`;

  test('removes embeddings that are too old, and the oldest of those that are too many', async () => {
    await bench.storage.deletePrefix('embeddings/');
    for (const digit of ['1', '2', '3']) {
      await bench.storage.put(key(digit), Buffer.alloc(100), { contentType: 'application/octet-stream' });
    }
    expect(await sweepEmbeddings(bench.storage, { maxBytes: 300, maxAgeMs: HOUR_MS }, Date.now())).toBe(0);
    expect(await sweepEmbeddings(bench.storage, { maxBytes: 250, maxAgeMs: HOUR_MS }, Date.now())).toBe(1);
    expect(await stored()).toHaveLength(2);
    expect((await buffer((await bench.storage.get(key('3'))).body)).length).toBe(100);
    expect(await sweepEmbeddings(bench.storage, { maxBytes: 250, maxAgeMs: HOUR_MS }, Date.now() + 2 * HOUR_MS)).toBe(
      2,
    );
    expect(await stored()).toEqual([]);
  });
});
