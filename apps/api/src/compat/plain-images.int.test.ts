import { png } from '../fixtures/images';
import { serveAsWorker } from '../fixtures/serve-as-worker';
import { apiForFile } from '../fixtures/start-api';

/** The façades that take an image in a form and answer with one: the four-stage service, deblurring, the click cut-out. */
const api = apiForFile({ CLICK_MODEL: 'hiera_l' });
const photo = png(60, 40);

type Fields = Record<string, string | Buffer>;

function post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Response> {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    data.append(name, typeof value === 'string' ? value : new Blob([new Uint8Array(value)]));
  }
  return fetch(api.url + path, { method: 'POST', body: data, headers });
}

const PROCESS = '/api/v1/process';
const CLICK = '/background-removal/remove';

describe('the four-stage service', () => {
  const stages = async (fields: Fields) =>
    (await serveAsWorker(api, () => post(PROCESS, { file: photo, ...fields }))).pipeline;
  const on = { when: 'always' };

  test('runs all four stages, to twice the size and PNG, unless it is told otherwise', async () => {
    expect(await stages({})).toMatchObject({
      denoise: on,
      deblur: false,
      shadow: { ...on, mode: 'remove' },
      background: on,
      upscale: { ...on, scale: 2 },
      compose: false,
      output: { format: 'png' },
    });
  });

  const config = { denoise: false, remove_shadow: false, enhance_scale: 4, output_format: 'webp' };
  const meant = { denoise: false, shadow: false, background: on, upscale: { scale: 4 }, output: { format: 'webp' } };

  test.each<[string, Fields]>([
    ['as JSON in config', { config: JSON.stringify(config) }],
    ['as a file called config', { config: Buffer.from(JSON.stringify(config)) }],
    ['as fields', { denoise: 'false', remove_shadow: '0', enhance_scale: '4', output_format: 'webp' }],
    ['as fields that go before config', { config: JSON.stringify({ ...config, denoise: true }), denoise: 'off' }],
  ])('is told %s', async (_, fields) => expect(await stages(fields)).toMatchObject(meant));

  test('leaves out what is off', async () => {
    expect(await stages({ enhance: 'false', remove_background: 'false' })).toMatchObject({
      background: false,
      upscale: false,
    });
  });

  test.each<[string, Fields, unknown[]]>([
    ['no file', {}, ['body', 'file']],
    ['another scale', { file: photo, enhance_scale: '3' }, ['body', 'enhance_scale']],
    ['another scale in config', { file: photo, config: '{"enhance_scale":3}' }, ['body', 'config', 'enhance_scale']],
    ['another format', { file: photo, output_format: 'jpg' }, ['body', 'output_format']],
  ])('refuses %s with 422 and where it is', async (_, fields, loc) => {
    const response = await post(PROCESS, fields);
    expect([response.status, await response.json()]).toMatchObject([422, { detail: [{ loc }] }]);
  });
});

describe('the deblurring service', () => {
  const deblur = (accept: string) =>
    serveAsWorker(api, () => post('/deblur', { file: photo }, { accept }), { result: Buffer.from('four') });

  test('gives a PNG as base64 in JSON', async () => {
    const { response, pipeline } = await deblur('*/*');
    expect(await response.json()).toEqual({ result: Buffer.from('four').toString('base64') });
    expect(pipeline).toMatchObject({ deblur: { kind: 'auto' }, denoise: false, output: { format: 'png' } });
  });

  test('gives the PNG itself to who accepts nothing else', async () => {
    const { response } = await deblur('image/png');
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['image/png', 'four']);
  });

  test('refuses what is no image', async () => {
    const response = await post('/deblur', { file: Buffer.from('hello') });
    expect([response.status, await response.json()]).toEqual([415, { detail: expect.any(String) }]);
  });
});

describe('the click cut-out', () => {
  test('cuts out what the points are on, with the model of the size in the settings', async () => {
    const points = '[[10, 20], [30, 5, 0]]';
    const { pipeline } = await serveAsWorker(api, () => post(CLICK, { image: photo, points }));
    expect(pipeline.background).toMatchObject({
      model: 'sam2.1-large',
      prompt: {
        points: [
          [10, 20, 1],
          [30, 5, 0],
        ],
      },
    });
  });

  test.each<[string, Fields, unknown[]]>([
    ['no image', { points: '[[1, 2]]' }, ['body', 'image']],
    ['no points', { image: photo }, ['body', 'points']],
    ['points that are no JSON', { image: photo, points: '1,2' }, ['body', 'points']],
    ['an empty list', { image: photo, points: '[]' }, ['body', 'points']],
    ['a point of one number', { image: photo, points: '[[1]]' }, ['body', 'points', '0']],
  ])('refuses %s with 422 and where it is', async (_, fields, loc) => {
    const response = await post(CLICK, fields);
    expect([response.status, await response.json()]).toMatchObject([422, { detail: [{ loc }] }]);
  });
});

describe('an image that takes longer than anybody waits for it', () => {
  test('is answered as a time-out, and canceled', async () => {
    const { config, jobs } = api.deps;
    const before = config.FACADE_WAIT_SECONDS;
    config.FACADE_WAIT_SECONDS = 1;
    try {
      const response = await post('/deblur', { file: photo });
      expect(response.status).toBe(504);
      const job = await jobs.store.get(response.headers.get('x-job-id') ?? '');
      expect(job?.status).toBe('canceled');
    } finally {
      config.FACADE_WAIT_SECONDS = before;
    }
  });
});
