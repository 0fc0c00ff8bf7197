import { readFile } from 'node:fs/promises';
import { accepted, itemsOf, postForm, postJson } from '../fixtures/client';
import { jpegHead, png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ MAX_FILE_BYTES: '200000', MAX_ITEMS: '50', MAX_OUTPUT_MEGAPIXELS: '20' });

const text = Buffer.from('this is no image');

describe('202', () => {
  test('accepts files and stores them byte for byte under the job', async () => {
    const image = png(30, 20, 100_000);
    const response = await postForm(api.url, ['files', image, 'shoe.png'], ['files[]', jpegHead(40, 30), 'bag.jpg']);
    const job = await accepted(response);
    expect(response.headers.get('location')).toBe(`${api.url}/jobs/${job.id}`);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(job).toMatchObject({ status: 'queued', progress: 0, counts: { total: 2, queued: 2, failed: 0 } });
    expect(job.pipeline.upscale).toMatchObject({ scale: 2 });
    const items = await itemsOf(job);
    expect(items.map((item) => item.input)).toMatchObject([
      { name: 'shoe.png', content_type: 'image/png', width: 30, height: 20, bytes: image.length },
      { name: 'bag.jpg', content_type: 'image/jpeg', width: 40, height: 30 },
    ]);
    const keys = items.map((item) => `jobs/${job.id}/${item.id}/original`);
    expect(await api.objects()).toEqual([...keys].sort());
    expect(await readFile(`${api.storageDir}/${keys[0]}`)).toEqual(image);
  });

  test('has queued every item that can be processed, and no other', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)], ['b', text], ['c', png(2, 2)]));
    const { backlog, queues, store } = api.deps.jobs;
    const items = await itemsOf(job);
    expect([await backlog.claim('a'), await backlog.claim('b'), await backlog.claim('c')]).toEqual([
      items[0]?.id,
      items[2]?.id,
      null,
    ]);
    expect(await queues.items.getWaitingCount()).toBeGreaterThanOrEqual(2);
    expect(await store.redis.scard(store.keys.unqueued)).toBe(0);
    expect(await store.redis.zcard(store.keys.uploading)).toBe(0);
  });

  test('takes the fields before or after the files', async () => {
    const fields = [
      ['pipeline', JSON.stringify({ background: true, output: { format: 'webp' } })],
      ['metadata', JSON.stringify({ order: '17' })],
      ['items', JSON.stringify([{ custom_id: 'first' }])],
      ['strict', 'true'],
      ['webhook_url', 'https://example.com/hook'],
    ] as const;
    const before = await accepted(await postForm(api.url, ...fields, ['file', png(1, 1)]));
    const after = await accepted(await postForm(api.url, ['file', png(1, 1)], ...fields));
    for (const job of [before, after]) {
      expect(job).toMatchObject({
        metadata: { order: '17' },
        pipeline: { upscale: false, output: { format: 'webp' } },
      });
      expect((await itemsOf(job)).map((item) => item.custom_id)).toEqual(['first']);
    }
    expect((await api.deps.jobs.store.require(after.id, null)).webhookUrl).toBe('https://example.com/hook');
  });

  test('makes failed items of bad files in a good request, and stores nothing of them', async () => {
    const job = await accepted(
      await postForm(
        api.url,
        ['files', text],
        ['files', Buffer.alloc(0)],
        ['files', png(1, 1, 300_000)],
        ['files', png(20_000, 10)],
        ['files', png(12_000, 12_000)],
        ['files', png(5000, 2000)],
        ['files', png(3, 3)],
      ),
    );
    const items = await itemsOf(job);
    expect(items.map((item) => item.error?.code ?? item.status)).toEqual([
      'unsupported_format',
      'empty_file',
      'file_too_large',
      'image_too_large',
      'image_too_large',
      'output_too_large',
      'queued',
    ]);
    expect(job.counts).toMatchObject({ total: 7, queued: 1, failed: 6 });
    expect(await api.objects()).toEqual([`jobs/${job.id}/${items[6]?.id}/original`]);
  });

  test.each(['no image', 'too large'])('reads on behind a long file that is refused: %s', async (reason) => {
    const long = Buffer.alloc(4_000_000, 'x');
    if (reason === 'too large') png(3, 3).copy(long);
    const job = await accepted(await postForm(api.url, ['a', png(3, 3)], ['b', long], ['c', png(3, 3)]));
    const statuses = (await itemsOf(job)).map((item) => item.error?.code ?? item.status);
    expect(statuses).toEqual(['queued', reason === 'no image' ? 'unsupported_format' : 'file_too_large', 'queued']);
  });

  test('checks the longest side of the result format as it will be after enlargement', async () => {
    const pipeline = JSON.stringify({ upscale: { scale: 4 }, output: { format: 'webp' } });
    const job = await accepted(
      await postForm(api.url, ['pipeline', pipeline], ['a', png(4096, 1)], ['b', png(4095, 1)]),
    );
    expect((await itemsOf(job)).map((item) => item.error?.code ?? null)).toEqual(['output_too_large', null]);
  });

  test('tells width and height as the photo is shown', async () => {
    const job = await accepted(await postForm(api.url, ['a', jpegHead(40, 30, { orientation: 6, metadata: 100_000 })]));
    expect((await itemsOf(job))[0]?.input).toMatchObject({ width: 30, height: 40 });
  });

  test('takes base64 and URLs as JSON; only the bytes are stored', async () => {
    const image = png(6, 5);
    const job = await accepted(
      await postJson(api.url, {
        preset: 'cutout',
        items: [
          { base64: image.toString('base64'), custom_id: 'mine', name: 'a/b.png' },
          { url: 'https://example.com/photos/red%20shoe.jpg?size=1' },
          { url: 'http://169.254.169.254/latest' },
          { base64: `${image.toString('base64')}*` },
        ],
      }),
    );
    const items = await itemsOf(job);
    expect(items.map(({ custom_id, status, input, error }) => [custom_id, status, input.name, error?.code])).toEqual([
      ['mine', 'queued', 'b.png', undefined],
      [null, 'queued', 'red shoe.jpg', undefined],
      [null, 'failed', 'latest', 'url_not_allowed'],
      [null, 'failed', null, 'invalid_base64'],
    ]);
    expect(await api.objects()).toEqual([`jobs/${job.id}/${items[0]?.id}/original`]);
    const [, second] = items;
    expect((await api.deps.jobs.store.getItem(second?.id ?? ''))?.source).toEqual({
      kind: 'url',
      url: 'https://example.com/photos/red%20shoe.jpg?size=1',
    });
  });

  test('keeps many small files apart', async () => {
    const files = Array.from({ length: 50 }, (_, index) => png(index + 1, 1));
    const job = await accepted(await postForm(api.url, ...files.map((file) => ['files', file] as const)));
    const widths = (await itemsOf(job)).map((item) => item.input.width);
    expect(widths).toEqual(files.map((_, index) => index + 1));
  });

  test('takes folders and what cannot be seen out of file names', async () => {
    const name = '..\\..\\etc/pass\u0085\u202ewd<b>ä😀.png';
    const job = await accepted(await postForm(api.url, ['file', png(1, 1), name]));
    expect((await itemsOf(job))[0]?.input.name).toBe('passwd<b>ä😀.png');
  });
});
