import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { serveAsWorker } from '../fixtures/serve-as-worker';
import { apiForFile, startApi, type TestApi } from '../fixtures/start-api';

const api = apiForFile({ RMBG_MAX_FILES: '3', API_KEYS: 'ours,other=theirs' });
const photo = png(60, 40);
const key = { 'x-api-key': 'ours' };

interface Sent {
  file?: Buffer;
  type?: string;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
}

function remove({ file = photo, type = 'image/png', fields = {}, headers = key }: Sent = {}): Promise<Response> {
  const data = new FormData();
  data.append('file', new Blob([new Uint8Array(file)], { type }), 'photo.png');
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return fetch(`${api.url}/remove-background`, { method: 'POST', body: data, headers });
}

function batch(files: Buffer[]): Promise<Response> {
  const data = new FormData();
  for (const file of files) data.append('files', new Blob([new Uint8Array(file)]), 'photo.png');
  return fetch(`${api.url}/batch-remove-background`, { method: 'POST', body: data, headers: key });
}

const status = (task: string, headers = key) => fetch(`${api.url}/task-status/${task}`, { headers });

describe('POST /remove-background', () => {
  test('gives the image, with how long it took and what made it', async () => {
    const { response } = await serveAsWorker(api, () => remove());
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(response.headers.get('x-processing-time')).toMatch(/^\d+\.\d{3}s$/);
    expect(response.headers.get('x-model-version')).toBe('none');
    expect(Number(response.headers.get('x-process-time'))).toBeGreaterThan(0);
  });

  test.each<[Record<string, string>, object]>([
    [{}, { background: { matting: 'guided' }, output: { format: 'png' } }],
    [{ output_format: 'jpg' }, { output: { format: 'jpeg', background: '#ffffff' } }],
    [{ alpha_matting: 'false' }, { background: { matting: 'none' } }],
    [
      { foreground_threshold: '200.4' },
      {
        background: { matting: 'closed-form', alpha_matting: { foreground_threshold: 200, background_threshold: 10 } },
      },
    ],
  ])('%j', async (fields, meant) => {
    const { pipeline } = await serveAsWorker(api, () => remove({ fields }));
    expect(pipeline).toMatchObject(meant);
  });

  test.each<[string, number, Sent, object]>([
    ['no image by its type', 400, { type: 'text/plain' }, { error: 'HTTP错误', detail: '仅支持图片文件' }],
    ['no image by its bytes', 400, { file: Buffer.from('hello') }, { detail: expect.stringMatching(/^图片格式错误:/) }],
    ['more than 10 MB', 400, { file: png(60, 40, 10_485_761) }, { detail: '文件大小不能超过10MB' }],
    [
      'a threshold beyond 255',
      422,
      { fields: { foreground_threshold: '256' } },
      { error: '参数验证失败', details: [{ loc: ['body', 'foreground_threshold'] }] },
    ],
    ['another format', 422, { fields: { output_format: 'gif' } }, { details: [{ loc: ['body', 'output_format'] }] }],
    ['a key that is not known', 401, { headers: { 'x-api-key': 'unknown' } }, { error: 'HTTP错误' }],
  ])('refuses %s with %d, as the original words it', async (_, code, sent, body) => {
    const response = await remove(sent);
    expect([response.status, await response.json()]).toMatchObject([code, body]);
    expect(response.headers.has('x-process-time')).toBe(true);
  });
});

test.each(['/', '/health', '/presets', '/nothing/here', '/jobs'])(
  'says of its answer to %s how long it took',
  async (path) => {
    expect(Number((await fetch(api.url + path)).headers.get('x-process-time'))).toBeGreaterThan(0);
  },
);

describe('a batch', () => {
  test('counts up, and is completed when all have ended, failed ones too', async () => {
    const response = await batch([photo, photo, Buffer.from('no image')]);
    const { task_id } = (await response.json()) as { task_id: string };
    const during = { status: 'processing', total: 3, completed: 1, results: [] };
    expect(await (await status(task_id)).json()).toMatchObject(during);
    const items = await api.deps.jobs.store.listItems(task_id, 0, 2);
    for (const item of items) await finishItem(api.deps, task_id, item, { result: photo });
    expect(await (await status(task_id)).json()).toMatchObject({
      status: 'completed',
      results: 3,
      links: { archive: expect.stringContaining(`${task_id}/archive.zip`) },
    });
  });

  test('has a limit', async () => {
    const response = await batch([photo, photo, photo, photo]);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'HTTP错误', detail: '单次最多处理3张图片' },
    ]);
  });

  test('is nobody else’s affair', async () => {
    const { task_id } = (await (await batch([photo])).json()) as { task_id: string };
    const missing = { error: 'HTTP错误', detail: '任务不存在' };
    for (const response of [await status(task_id, { 'x-api-key': 'theirs' }), await status('nothing')]) {
      expect([response.status, await response.json()]).toEqual([404, missing]);
    }
  });
});

test('the address itself leads programs and people on', async () => {
  const program = await fetch(`${api.url}/`);
  expect(await program.json()).toMatchObject({ docs_url: '/docs', redoc_url: '/redoc', health_check: '/health' });
  const person = await fetch(`${api.url}/`, { headers: { accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' });
  expect([person.status, person.headers.get('location')]).toEqual([302, '/studio']);
});

describe('/health', () => {
  let other: TestApi;
  afterEach(() => other?.close());

  test('has the form of the RMBG service where the settings say so', async () => {
    other = await startApi(api.deps.config.REDIS_URL as string, { HEALTH_FORM: 'rmbg' });
    const report = await (await fetch(`${other.url}/health`)).json();
    expect(report).toEqual({
      status: 'healthy',
      timestamp: expect.any(String),
      uptime: 'running',
      gpu: {},
      cpu_usage: expect.stringMatching(/^\d+\.\d%$/),
      memory_usage: expect.stringMatching(/^\d+\.\d%$/),
    });
  });

  test('is ours otherwise', async () => {
    expect(await (await fetch(`${api.url}/health`)).json()).toMatchObject({
      status: expect.any(String),
      redis: { ok: true },
    });
  });
});
