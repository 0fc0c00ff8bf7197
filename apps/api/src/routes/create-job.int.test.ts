import { readFile } from 'node:fs/promises';
import { startRedis, type TestRedis } from '@packshot/testing';
import { accepted, itemsOf, postForm, postJson, problem } from '../fixtures/client';
import { jpegHead, png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url, { MAX_FILE_BYTES: '200000', MAX_ITEMS: '50', MAX_OUTPUT_MEGAPIXELS: '20' });
});
afterEach(() => api.close());

/** What must hold after every refusal: no job, no file, no mark that an upload goes on. */
async function expectNothingLeft() {
  const { redis: client, keys } = api.deps.jobs.store;
  expect(await api.objects()).toEqual([]);
  expect(await client.zcard(keys.uploading)).toBe(0);
  expect(await client.zcard(keys.expiry)).toBe(0);
  expect(await client.keys(`${keys.bullPrefix}:job:*`)).toEqual([]);
  expect(api.deps.inFlight.bytes).toBe(0);
}

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
    const { queues, store } = api.deps.jobs;
    const waiting = await queues.items.getJobs(['waiting']);
    const items = await itemsOf(job);
    expect(waiting.map((message) => message.data.itemId).sort()).toEqual([items[0]?.id, items[2]?.id].sort());
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
    expect((await api.deps.jobs.store.require(after.id)).webhookUrl).toBe('https://example.com/hook');
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
        ],
      }),
    );
    const items = await itemsOf(job);
    expect(items.map(({ custom_id, status, input, error }) => [custom_id, status, input.name, error?.code])).toEqual([
      ['mine', 'queued', 'b.png', undefined],
      [null, 'queued', 'red shoe.jpg', undefined],
      [null, 'failed', 'latest', 'url_not_allowed'],
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

describe('400', () => {
  const cutOff = '--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n';
  test.each([
    ['a cut-off file', 'multipart/form-data; boundary=x', cutOff],
    ['a cut-off header', 'multipart/form-data; boundary=x', '--x\r\nContent-Dispo'],
    ['no boundary in the header', 'multipart/form-data', cutOff],
    ['another boundary than announced', 'multipart/form-data; boundary=y', cutOff],
    ['an empty body', 'multipart/form-data; boundary=x', ''],
    ['a header that is none', 'multipart/form-data; boundary=x', '--x\r\n\u0001\u0002: x\r\n\r\n1\r\n--x--\r\n'],
  ])('refuses a multipart body with %s, and nothing is left', async (_what, type, body) => {
    const response = await fetch(`${api.url}/jobs`, {
      method: 'POST',
      body: Buffer.from(body, 'latin1'),
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(400);
    expect((await problem(response)).code).toBe('invalid_multipart');
    await expectNothingLeft();
  });

  test.each([
    ['an unknown field', [['colour', 'red']], '/colour'],
    [
      'a field given twice',
      [
        ['preset', 'cutout'],
        ['preset', 'cutout'],
      ],
      '/preset',
    ],
    ['a word that is no truth value', [['strict', 'perhaps']], '/strict'],
    ['metadata that are no strings', [['metadata', '{"a":1}']], '/metadata/a'],
    ['more entries than files', [['items', '[{},{"custom_id":"b"}]']], '/items'],
  ] as const)('refuses %s after the file, by its name, and deletes the file', async (_what, fields, pointer) => {
    const response = await postForm(api.url, ['file', png(1, 1)], ...fields);
    expect(response.status).toBe(400);
    const { code, errors } = await problem(response);
    expect(code).toBe('invalid_request');
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
    await expectNothingLeft();
  });

  test.each([
    ['JSON that is cut off', '{"items": ['],
    ['JSON nested a million times', '['.repeat(1e6)],
    ['nothing', ''],
  ])('refuses %s', async (_what, body) => {
    const response = await postJson(api.url, body);
    expect(response.status).toBe(400);
    expect((await problem(response)).code).toBe('invalid_json');
  });

  test.each([
    ['a list', [], ''],
    ['null', null, ''],
    ['no items', {}, '/items'],
    ['an item that is a number', { items: [1] }, '/items/0'],
    ['a URL and bytes in one', { items: [{ url: 'https://a.de', base64: '' }] }, '/items/0/base64'],
    ['base64 that is none', { items: [{ base64: '*' }] }, '/items/0/base64'],
    ['an unknown field', { items: [], colour: 1 }, '/colour'],
  ])('refuses %s as JSON and points at it', async (_what, body, pointer) => {
    const response = await postJson(api.url, body);
    expect(response.status).toBe(400);
    const { code, errors } = await problem(response);
    expect(code).toBe('invalid_request');
    expect(errors?.[0]?.pointer).toBe(pointer);
  });

  test('refuses a pipeline and a preset together', async () => {
    const response = await postJson(api.url, {
      preset: 'cutout',
      pipeline: {},
      items: [{ url: 'https://example.com/' }],
    });
    expect(response.status).toBe(400);
    expect((await problem(response)).code).toBe('invalid_request');
  });
});

describe('413', () => {
  test('refuses more items than allowed, as files and as JSON', async () => {
    const files = Array.from({ length: 51 }, () => ['files', png(1, 1)] as const);
    const items = Array.from({ length: 51 }, () => ({ url: 'https://example.com/' }));
    for (const response of [await postForm(api.url, ...files), await postJson(api.url, { items })]) {
      expect(response.status).toBe(413);
      expect((await problem(response)).code).toBe('too_many_items');
    }
    await expectNothingLeft();
  });

  test('refuses a JSON body over its limit, announced or not', async () => {
    await api.close();
    api = await startApi(redis.url, { MAX_JSON_BYTES: '1000' });
    const body = JSON.stringify({ items: [], preset: 'x'.repeat(2000) });
    const stream = new Blob([body]).stream();
    const chunked = { method: 'POST', body: stream, duplex: 'half', headers: { 'content-type': 'application/json' } };
    for (const response of [await postJson(api.url, body), await fetch(`${api.url}/jobs`, chunked as RequestInit)]) {
      expect(response.status).toBe(413);
      expect((await problem(response)).code).toBe('body_too_large');
    }
  });

  test('answers file_too_large when the only file is', async () => {
    const response = await postForm(api.url, ['file', png(1, 1, 200_000)]);
    expect(response.status).toBe(413);
    expect((await problem(response)).code).toBe('file_too_large');
    await expectNothingLeft();
  });
});

describe('415', () => {
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'image/png'])('refuses a body of %s', async (type) => {
    const response = await fetch(`${api.url}/jobs`, { method: 'POST', body: 'a=b', headers: { 'content-type': type } });
    expect(response.status).toBe(415);
    expect((await problem(response)).code).toBe('unsupported_media_type');
  });

  test('refuses a compressed body', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const response = await fetch(`${api.url}/jobs`, { method: 'POST', body: 'x', headers });
    expect(response.status).toBe(415);
    expect((await problem(response)).code).toBe('unsupported_media_type');
  });

  test('answers unsupported_format when every file is something else, and lists each', async () => {
    const response = await postForm(api.url, ['a', text], ['b', Buffer.alloc(0)]);
    expect(response.status).toBe(415);
    const { code, errors } = await problem(response);
    expect(code).toBe('unsupported_format');
    expect(errors).toMatchObject([
      { pointer: '/items/0', code: 'unsupported_format' },
      { pointer: '/items/1', code: 'empty_file' },
    ]);
    await expectNothingLeft();
  });
});

describe('422', () => {
  test.each([
    ['a scale that does not exist', { upscale: { scale: 3 } }, '/pipeline/upscale/scale'],
    ['an unknown operation', { sharpen: true }, '/pipeline/sharpen'],
    ['an unknown parameter', { denoise: { force: 1 } }, '/pipeline/denoise/force'],
    ['a colour that is none', { output: { background: 'red' } }, '/pipeline/output/background'],
    ['a word for an operation', { background: 'yes' }, '/pipeline/background'],
  ])('refuses %s and points at it', async (_what, pipeline, pointer) => {
    const asForm = await postForm(api.url, ['pipeline', JSON.stringify(pipeline)], ['f', png(1, 1)]);
    const asJson = await postJson(api.url, { pipeline, items: [{ url: 'https://example.com/' }] });
    for (const response of [asForm, asJson]) {
      expect(response.status).toBe(422);
      const { code, errors } = await problem(response);
      expect(code).toBe('invalid_pipeline');
      expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
    }
    await expectNothingLeft();
  });

  test.each(['nope', '__proto__', 'constructor'])('refuses the preset %s', async (preset) => {
    const response = await postJson(api.url, { preset, items: [{ url: 'https://example.com/' }] });
    expect(response.status).toBe(422);
    expect((await problem(response)).code).toBe('invalid_pipeline');
  });

  test('refuses a request without images', async () => {
    for (const response of [await postForm(api.url, ['preset', 'cutout']), await postJson(api.url, { items: [] })]) {
      expect(response.status).toBe(422);
      expect((await problem(response)).code).toBe('no_items');
    }
    await expectNothingLeft();
  });

  test('refuses everything when strict and one image is bad', async () => {
    const response = await postForm(
      api.url,
      ['a', png(1, 1)],
      ['strict', 'true'],
      ['b', Buffer.alloc(0)],
      ['c', png(2, 2)],
    );
    expect(response.status).toBe(422);
    expect((await problem(response)).errors).toMatchObject([{ pointer: '/items/1', code: 'empty_file' }]);
    await expectNothingLeft();
  });

  test('refuses a result that would be too large, and deletes what was stored', async () => {
    const response = await postForm(api.url, ['a', png(5000, 2000)]);
    expect(response.status).toBe(422);
    expect((await problem(response)).code).toBe('output_too_large');
    await expectNothingLeft();
  });

  test.each([
    ['ftp://example.com/', 'invalid_url'],
    ['http://127.0.0.1:6379/', 'url_not_allowed'],
  ])('refuses the webhook %s', async (webhook_url, code) => {
    const response = await postForm(api.url, ['a', png(1, 1)], ['webhook_url', webhook_url]);
    expect(response.status).toBe(422);
    expect(await problem(response)).toMatchObject({ code, errors: [{ pointer: '/webhook_url', code }] });
    await expectNothingLeft();
  });
});
