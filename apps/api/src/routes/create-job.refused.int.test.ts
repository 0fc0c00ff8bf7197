import { startRedis, type TestRedis } from '@packshot/testing';
import { postForm, postJson, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
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
