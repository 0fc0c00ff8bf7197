import { jpegHead, png } from '../fixtures/images';
import { serveAsWorker } from '../fixtures/serve-as-worker';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile({ REMOVEBG_CREDITS: '100', RATE_LIMIT_MEGAPIXELS: '1000' });
const photo = png(60, 40);

type Fields = Record<string, string | Buffer>;

const post = (body: FormData | URLSearchParams | string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/v1.0/removebg`, { method: 'POST', body, headers });

/** A form; buffers are files. */
function form(fields: Fields, headers: Record<string, string> = {}): Promise<Response> {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([new Uint8Array(value)], { type: 'image/png' }), 'photo.png');
  }
  return post(data, headers);
}

const json = (body: object, headers = {}) =>
  post(JSON.stringify(body), { 'content-type': 'application/json', ...headers });

async function refused(response: Response, status: number): Promise<string[]> {
  const { errors } = (await response.json()) as { errors: { code: string; title: string }[] };
  expect([response.status, errors.every(({ title }) => title.length > 0)]).toEqual([status, true]);
  return errors.map(({ code }) => code);
}

const served = (fields: Fields, options = {}) =>
  serveAsWorker(api, () => form({ image_file: photo, ...fields }), options);

describe('200', () => {
  test('is the image, with its size, subject, kind and price', async () => {
    const { response, job } = await served({});
    expect([response.status, await response.text()]).toEqual([200, 'a finished image']);
    const names = [
      'width',
      'height',
      'type',
      'foreground-left',
      'foreground-top',
      'foreground-width',
      'credits-charged',
    ];
    expect(names.map((name) => response.headers.get(`x-${name}`))).toEqual(['2', '2', 'other', '1', '2', '3', '0.25']);
    expect(job.priority).toBe('interactive');
  });

  test('is JSON for who accepts that', async () => {
    const send = () => form({ image_file: photo, type_level: 'none' }, { accept: 'application/json' });
    const { response } = await serveAsWorker(api, send);
    expect(await response.json()).toEqual({
      data: {
        result_b64: Buffer.from('a finished image').toString('base64'),
        foreground_top: 2,
        foreground_left: 1,
        foreground_width: 3,
        foreground_height: 4,
      },
    });
    expect(response.headers.has('x-type')).toBe(false);
  });

  test.each([
    ['JSON', () => json({ image_file_b64: photo.toString('base64'), crop: true, size: 'full' })],
    [
      'a plain form',
      () => post(new URLSearchParams({ image_file_b64: photo.toString('base64'), crop: 'true', size: 'full' })),
    ],
    ['a form with files', () => form({ image_file: photo, crop: 'true', size: 'full' })],
  ])('takes %s', async (_, send) => {
    const { pipeline } = await serveAsWorker(api, send);
    expect(pipeline).toMatchObject({ compose: { crop: true }, output: { max_megapixels: 10 } });
  });

  test('says what is left of the quota, and when it is whole again as a Unix time', async () => {
    const { response } = await served({});
    const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
      Number(response.headers.get(`x-ratelimit-${name}`)),
    );
    expect(limit).toBe(1000);
    expect(remaining).toBeLessThanOrEqual(1000);
    expect(reset).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000));
  });

  test('takes no credits for the same request once more', async () => {
    const send = () => form({ image_file: photo, size: 'full' }, { 'idempotency-key': 'once' });
    await serveAsWorker(api, send);
    const before = await credits();
    const again = await send();
    expect([again.status, again.headers.get('x-credits-charged')]).toEqual([200, '1']);
    expect(await credits()).toBe(before);
  });
});

async function credits(): Promise<number> {
  const { data } = (await (await fetch(`${api.url}/v1.0/account`)).json()) as {
    data: { attributes: { credits: { total: number } } };
  };
  return data.attributes.credits.total;
}

describe('each parameter becomes part of the pipeline', () => {
  test.each<[Fields, object]>([
    [{}, { background: { when: 'always' }, compose: false, output: { format: 'auto', max_megapixels: 0.25 } }],
    [{ size: 'medium' }, { output: { max_megapixels: 1.5 } }],
    [{ size: 'hd' }, { output: { max_megapixels: 4 } }],
    [{ size: 'full', format: 'png' }, { output: { format: 'png', max_megapixels: 10 } }],
    [{ size: 'full', format: 'jpg' }, { output: { format: 'jpeg', background: '#ffffff', max_megapixels: 25 } }],
    [{ size: '50MP', format: 'zip' }, { output: { format: 'zip', max_megapixels: 50 } }],
    [{ size: '50MP', format: 'webp' }, { output: { format: 'webp', max_megapixels: 50 } }],
    [{ size: 'full', bg_color: 'fff' }, { output: { max_megapixels: 25 } }],
    [{ channels: 'alpha' }, { output: { channels: 'alpha', format: 'png' } }],
    [{ roi: '10px 10% 60px 100%' }, { background: { region: { left: 10, top: '10%', right: 60, bottom: '100%' } } }],
    [
      { crop: 'true', crop_margin: '5px 10%' },
      { compose: { crop: true, margin: { top: 5, right: '10%', bottom: 5, left: '10%' }, background: 'transparent' } },
    ],
    [{ scale: '80%' }, { compose: { scale: 0.8, crop: false } }],
    [{ position: '25% 75%' }, { compose: { position: { x: 0.25, y: 0.75 } } }],
    [{ bg_color: '81d4fa77' }, { compose: { background: { color: '#81d4fa77' } } }],
    [
      { bg_image_url: 'https://shop.example/wall.jpg' },
      { compose: { background: { image: expect.anything(), fit: 'cover' } } },
    ],
    [{ bg_image_file: png(4, 4) }, { compose: { background: { image: expect.anything() } } }],
    [{ shadow_type: 'drop', shadow_opacity: '30' }, { compose: { shadow: { kind: 'drop', opacity: 0.3 } } }],
  ])('%j', async (fields, meant) => {
    expect((await served(fields)).pipeline).toMatchObject(meant);
  });
});

describe('400', () => {
  test.each<[string, Fields]>([
    ['missing_source', {}],
    ['multiple_sources', { image_file: photo, image_url: 'https://shop.example/a.jpg' }],
    ['multiple_bg_sources', { image_file: photo, bg_color: 'red', bg_image_url: 'https://shop.example/a.jpg' }],
    ['invalid_image_url', { image_url: 'ftp://shop.example/a.jpg' }],
    ['invalid_image_url', { image_url: 'http://169.254.169.254/a.jpg' }],
    ['invalid_bg_image_url', { image_file: photo, bg_image_url: 'http://10.0.0.1/a.jpg' }],
    ['invalid_file_type', { image_file: Buffer.from('%PDF-1.7 and so on') }],
    ['failed_to_read_image', { image_file: Buffer.alloc(0) }],
    ['failed_to_read_image', { image_file_b64: 'not base64!' }],
    ['resolution_too_high', { image_file: jpegHead(8000, 7000) }],
    ['roi_exceeds_bounds', { image_file: photo, roi: '0px 0px 61px 40px' }],
    ['roi_region_empty', { image_file: photo, roi: '30px 0px 30px 40px' }],
    ['invalid_size', { image_file: photo, size: 'huge' }],
  ])('%s', async (code, fields) => {
    expect(await refused(await form(fields), 400)).toEqual([code]);
  });

  test('file_too_large', async () => {
    expect(await refused(await form({ image_file: png(60, 40, 22_000_001) }), 400)).toEqual(['file_too_large']);
  });

  test('unknown_foreground, when nothing was found, and without a charge', async () => {
    const before = await credits();
    const { response } = await served({}, { subject: null });
    expect(await refused(response, 400)).toEqual(['unknown_foreground']);
    expect(await credits()).toBe(before);
  });
});

describe('402', () => {
  test('insufficient_credits, while a preview is still to be had', async () => {
    const { store } = api.deps.jobs;
    const key = store.keys.facade('credits', 'default', new Date().toISOString().slice(0, 7));
    await store.redis.set(key, '99.5');
    try {
      expect(await refused(await form({ image_file: photo, size: 'full' }), 402)).toEqual(['insufficient_credits']);
      const { response, pipeline } = await served({ size: 'auto' });
      expect([response.headers.get('x-credits-charged'), pipeline.output.max_megapixels]).toEqual(['0.25', 0.25]);
      expect(await credits()).toBe(0.25);
    } finally {
      await store.redis.del(key);
    }
  });
});

describe('403', () => {
  test('auth_failed', async () => {
    const response = await form({ image_file: photo }, { 'x-api-key': 'unknown' });
    expect(await refused(response, 403)).toEqual(['auth_failed']);
  });
});

describe('429', () => {
  test('rate_limit_exceeded, with when to come again', async () => {
    const { store } = api.deps.jobs;
    const key = store.keys.rate('megapixels', 'default');
    await store.redis.set(key, String(Date.now() + 120_000));
    const response = await form({ image_file: photo });
    await store.redis.del(key);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await refused(response, 429)).toEqual(['rate_limit_exceeded']);
  });
});
