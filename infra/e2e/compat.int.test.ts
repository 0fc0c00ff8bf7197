import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, rm, symlink } from 'node:fs/promises';
import { request as forward } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeRaw,
  type FileServer,
  flatPhoto,
  makeCertificates,
  poll,
  productPhoto,
  type RawImage,
  repositoryRoot,
  startFileServer,
  startNode,
  startPackshot,
  startWebhookSink,
  type TestPackshot,
  type WebhookSink,
} from '@packshot/testing';
import { unzip } from '../../apps/api/src/fixtures/unzip';
import { runCurl } from './compat/curl-line';

/**
 * Clients of other services against this one, as they were found: the npm packages of remove.bg and RunPod, and the curl lines
 * of the documents. One API, one worker and the models that come with the product; for clicks a tiny model of the kind.
 */
const root = repositoryRoot();
const here = join(__dirname, 'compat');
const KEY = 'shop-key';

let folder: string;
let packshot: TestPackshot;
let sink: WebhookSink;
let photos: FileServer;
let tls: Server;
let removeBgEnv: Record<string, string>;
let photo: Buffer;
let photoPath: string;

/** The registry of the product, with a model that takes points beside its own. */
async function modelsWithClicks(): Promise<string> {
  const models = join(folder, 'models');
  const prompt = join(root, 'packages/pipeline/fixtures/prompt');
  await cp(join(root, 'models/registry'), join(models, 'registry'), { recursive: true });
  await cp(join(prompt, 'registry'), join(models, 'registry'), { recursive: true });
  await symlink(join(root, 'models/compact'), join(models, 'compact'));
  for (const graph of ['encoder', 'box-decoder', 'corner-decoder']) {
    await symlink(join(prompt, `${graph}.onnx`), join(models, `${graph}.onnx`));
  }
  return models;
}

/** What stands between a client whose host is hard-wired and the API: TLS for that name, and the bytes passed on. */
async function terminateTls(target: string): Promise<Server> {
  const { ca, cert, key } = await makeCertificates(folder, ['DNS:api.remove.bg']);
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (incoming, outgoing) => {
    const { method, headers, url = '' } = incoming;
    const passed = forward(target + url, { ...(method && { method }), headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  removeBgEnv = { NODE_EXTRA_CA_CERTS: ca, MAP_TO_PORT: String((server.address() as AddressInfo).port) };
  return server;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'packshot-compat-'));
  photo = await productPhoto({ width: 480, height: 480, format: 'jpeg' });
  photoPath = join(folder, 'my_photo.jpg');
  writeFileSync(photoPath, photo);
  [sink, photos] = await Promise.all([startWebhookSink(), startFileServer({ '/photo.jpg': photo })]);
  packshot = await startPackshot({
    env: {
      API_KEYS: `${KEY},other-shop`,
      MODELS_DIR: await modelsWithClicks(),
      CLICK_MODEL: 'prompt-boxes',
      ALLOW_PRIVATE_HOSTS: [sink.url, photos.url].map((url) => new URL(url).host).join(','),
      RATE_LIMIT_MEGAPIXELS: '500',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    },
  });
  tls = await terminateTls(packshot.url);
}, 180_000);

afterAll(async () => {
  tls?.close();
  tls?.closeAllConnections();
  await Promise.all([packshot?.stop(), sink?.close(), photos?.close()]);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const line = (name: string) => join(here, 'lines', `${name}.txt`);
const authorized = { 'x-api-key': KEY };

/** Sends a saved line, with the key that its service would not have asked for. */
async function curl(name: string, options: Parameters<typeof runCurl>[2], key: string | null = KEY): Promise<Response> {
  return runCurl(line(name), packshot.url, {
    ...options,
    ...(key !== null && { headers: { authorization: `Bearer ${key}` } }),
  });
}

const picture = async (response: Response): Promise<RawImage> => {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return decodeRaw(Buffer.from(await response.arrayBuffer()));
};
const size = ({ width, height, channels }: RawImage) => [width, height, channels];

/** Shares of the pixels that are opaque, and that are wholly clear. */
function shares(image: RawImage): { opaque: number; clear: number } {
  const [all, step] = [image.width * image.height, image.channels];
  let [opaque, clear] = [0, 0];
  for (let i = step - 1; i < image.data.length; i += step) {
    if ((image.data[i] ?? 0) >= 250) opaque++;
    else if ((image.data[i] ?? 0) <= 5) clear++;
  }
  return { opaque: opaque / all, clear: clear / all };
}

/** The product of the test photo covers between a tenth and two thirds of it. */
function expectCutOut(image: RawImage): void {
  expect(image.channels).toBe(4);
  const { opaque, clear } = shares(image);
  expect(opaque).toBeGreaterThan(0.1);
  expect(opaque).toBeLessThan(0.67);
  expect(clear).toBeGreaterThan(0.2);
}

describe('the curl line of', () => {
  test('the RMBG document gives a transparent PNG, with its headers', async () => {
    const response = await curl('rmbg-remove-background', { files: { 'image.jpg': photo } });
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-processing-time')).toMatch(/^\d+\.\d{3}s$/);
    expect(response.headers.get('x-model-version')).toBe('compact-cutout');
    expect(Number(response.headers.get('x-process-time'))).toBeGreaterThan(0);
    const result = await picture(response);
    expect(size(result)).toEqual([480, 480, 4]);
    expectCutOut(result);
  });

  test('its batch gives a task that counts up to its end', async () => {
    const files = { 'img1.jpg': photo, 'img2.png': await productPhoto({ width: 320, height: 240 }) };
    const started = (await (await curl('rmbg-batch', { files })).json()) as { task_id: string; message: string };
    expect(started).toEqual({ task_id: expect.any(String), message: '批量处理已启动' });
    const ask = async () =>
      (await (await fetch(`${packshot.url}/task-status/${started.task_id}`, { headers: authorized })).json()) as {
        status: string;
      };
    const done = await poll(
      async () => {
        const status = await ask();
        return status.status === 'completed' && status;
      },
      { what: 'the end of the task', timeoutMs: 60_000 },
    );
    expect(done).toMatchObject({ status: 'completed', results: 2 });
  });

  test('the click cut-out document gives a transparent PNG', async () => {
    const result = await picture(await curl('click-remove', { files: { 'example.jpg': photo } }));
    expect(size(result)).toEqual([480, 480, 4]);
  });

  test('the BiRefNet worker document makes a job, whose output is the cut-out under the same name', async () => {
    const words = { your_base64_image_data: photo.toString('base64') };
    const { id, status } = (await (await curl('runpod-run', { words })).json()) as { id: string; status: string };
    expect(status).toBe('IN_QUEUE');
    const response = await fetch(`${packshot.url}/status-sync/${id}`, { headers: authorized });
    const job = (await response.json()) as { status: string; output: { filename: string; image_b64: string } };
    expect(job).toMatchObject({ status: 'COMPLETED', output: { filename: 'test.jpg' } });
    expectCutOut(await decodeRaw(Buffer.from(job.output.image_b64, 'base64')));
  });

  test('RunPod, whose key stands in the header as it is, waits for the end', async () => {
    const words = { your_base64_image_data: photo.toString('base64'), RUNPOD_API_KEY: KEY };
    const response = await curl('runpod-runsync', { words }, null);
    expect(await response.json()).toMatchObject({
      id: expect.any(String),
      status: 'COMPLETED',
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
      output: { filename: 'test.jpg' },
    });
  });

  test('the four-stage service gives a WebP of twice the size', async () => {
    const response = await curl('four-stage-process', { files: { 'photo.jpg': photo } });
    expect(response.headers.get('content-type')).toBe('image/webp');
    const result = await picture(response);
    expect(size(result)).toEqual([960, 960, 4]);
    expectCutOut(result);
  }, 120_000);

  test('the deblurring service gives a PNG inside JSON', async () => {
    const { result } = (await (await curl('deblur', { files: { 'blurred.jpg': photo } })).json()) as { result: string };
    expect(size(await decodeRaw(Buffer.from(result, 'base64')))).toEqual([480, 480, 3]);
  });

  test('remove.bg gives the image, with its headers', async () => {
    const words = { INSERT_YOUR_API_KEY_HERE: KEY };
    const response = await curl('remove-bg', { files: { 'file.jpg': photo }, words }, null);
    const result = await picture(response);
    expectCutOut(result);
    const header = (name: string) => response.headers.get(name);
    expect([header('x-width'), header('x-height'), header('x-type')]).toEqual(['480', '480', 'other']);
    expect(header('x-credits-charged')).toBe('1');
    expect(Number(header('x-foreground-width'))).toBeGreaterThan(50);
    expect(header('x-ratelimit-limit')).toBe('500');
    expect(Number(header('x-ratelimit-reset')) * 1000).toBeGreaterThan(Date.now() - 1000);
  });
});

/** A form to remove.bg's endpoint, as its clients in Ruby and Go send it. */
async function removeBg(fields: Record<string, string>, image: Buffer = photo): Promise<Response> {
  const form = new FormData();
  form.append('image_file', new Blob([new Uint8Array(image)], { type: 'image/jpeg' }), 'person-in-field.jpg');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return fetch(`${packshot.url}/v1.0/removebg`, { method: 'POST', body: form, headers: authorized });
}

describe('the requests of the Ruby gem and the Go client, replayed', () => {
  test('from_url sends a plain form', async () => {
    const response = await fetch(`${packshot.url}/v1.0/removebg`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'user-agent': 'remove-bg-ruby-1.4.1', accept: '*/*' },
      body: new URLSearchParams({ image_url: `${photos.url}/photo.jpg`, size: 'auto' }),
    });
    expect(response.headers.get('content-type')).toBe('image/png');
    expectCutOut(await picture(response));
  });

  test('format zip holds the colours as JPEG and the matte as PNG, of one size', async () => {
    const response = await removeBg({ size: 'full', format: 'zip' });
    expect(response.headers.get('content-type')).toBe('application/zip');
    const path = join(folder, 'result.zip');
    writeFileSync(path, Buffer.from(await response.arrayBuffer()));
    const contents = new Map<string, Buffer>();
    await unzip(path, (name, content) => contents.set(name, content));
    expect([...contents.keys()]).toEqual(['color.jpg', 'alpha.png']);
    const [colour, alpha] = await Promise.all([...contents.values()].map(decodeRaw));
    expect([colour?.width, colour?.height, colour?.channels]).toEqual([480, 480, 3]);
    expect([alpha?.width, alpha?.height]).toEqual([480, 480]);
  });

  test('the Go client sends a file and its flags', async () => {
    const response = await removeBg({
      size: 'full',
      type: 'auto',
      format: 'jpg',
      channels: 'rgba',
      bg_color: 'ff0000',
    });
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const { data } = await picture(response);
    const [red = 0, green = 0, blue = 0] = data;
    expect([red > 240, green < 20, blue < 20]).toEqual([true, true, true]);
  });
});

describe('remove.bg’s parameters, as they are seen in the image', () => {
  const box = ({ headers }: Response) =>
    ['left', 'top', 'width', 'height'].map((name) => Number(headers.get(`x-foreground-${name}`)));

  test('a preview has a quarter of a megapixel', async () => {
    const large = readFileSync(join(root, 'infra/embedded/samples/t-shirts_man_t-shirt_01.jpg'));
    const response = await removeBg({}, large);
    const { width, height } = await picture(response);
    expect(width * height).toBeLessThanOrEqual(250_000);
    expect(width * height).toBeGreaterThan(245_000);
    expect([response.headers.get('x-max-width'), response.headers.get('x-credits-charged')]).toEqual(['1200', '0.25']);
  });

  test('roi removes what is outside', async () => {
    const { data, width, height } = await picture(await removeBg({ roi: '50% 0% 100% 100%' }));
    const alphaAt = (x: number, y: number) => data[4 * (y * width + x) + 3];
    for (let y = 0; y < height; y += 7) {
      for (let x = 0; x < width / 2 - 1; x += 7) expect(alphaAt(x, y)).toBe(0);
    }
  });

  test('crop leaves the subject and its margin', async () => {
    const response = await removeBg({ crop: 'true', crop_margin: '10px 20px' });
    const [left, top, width = 0, height = 0] = box(response);
    expect([left, top]).toEqual([20, 10]);
    const result = await picture(response);
    expect([result.width, result.height]).toEqual([width + 40, height + 20]);
  });

  test('scale and position put the subject where they say', async () => {
    const response = await removeBg({ scale: '50%', position: '0% 100%' });
    const [left, top = 0, width = 0, height = 0] = box(response);
    const result = await picture(response);
    expect(left).toBe(0);
    expect(Math.abs(top + height - result.height)).toBeLessThanOrEqual(1);
    expect(Math.abs(Math.max(width, height) - result.width / 2)).toBeLessThanOrEqual(2);
  });

  test('channels alpha is the matte', async () => {
    const alpha = await picture(await removeBg({ channels: 'alpha' }));
    const { opaque, clear } = shares(alpha);
    expect(opaque).toBeGreaterThan(0.1);
    expect(clear).toBeGreaterThan(0.2);
    expect(alpha.channels).toBeLessThan(4);
  });

  test('a shadow falls where there was nothing', async () => {
    const [plain, shadowed] = [
      await picture(await removeBg({})),
      await picture(await removeBg({ shadow_type: 'drop' })),
    ];
    expect(shares(shadowed).clear).toBeLessThan(shares(plain).clear - 0.01);
  });

  test('a background image fills the canvas', async () => {
    const form = new FormData();
    form.append('image_file', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'a.jpg');
    form.append('bg_image_file', new Blob([new Uint8Array(await flatPhoto(64, 64, '#0000ff'))]), 'wall.png');
    const body = { method: 'POST', body: form, headers: authorized };
    const { data, channels } = await picture(await fetch(`${packshot.url}/v1.0/removebg`, body));
    const [red = 255, , blue = 0] = data;
    expect([channels, red < 20, blue > 235]).toEqual([3, true, true]);
  });
});

describe('npm remove.bg', () => {
  const run = async (method: string, options: object) => {
    const client = await startNode(join(here, 'clients/remove-bg.mjs'), {
      args: [method, JSON.stringify({ apiKey: KEY, ...options })],
      env: { ...removeBgEnv, NODE_OPTIONS: `--require ${join(here, 'clients/map-host.cjs')}` },
    });
    const { code } = await client.exited;
    if (code !== 0) throw new Error(client.output());
    return JSON.parse(client.output().trim().split('\n').at(-1) ?? '') as {
      result?: Record<string, string>;
      error?: { title: string; code: string }[];
    };
  };
  const decoded = (base64: string | undefined) => decodeRaw(Buffer.from(base64 ?? '', 'base64'));

  test('sends a file, and reads image, size, type and credits', async () => {
    const { result } = await run('removeBackgroundFromImageFile', {
      path: photoPath,
      size: 'regular',
      type: 'product',
    });
    expect(result).toMatchObject({ detectedType: 'other', creditsCharged: '0.25', resultWidth: '480' });
    expect(Number(result?.rateLimit)).toBe(500);
    expectCutOut(await decoded(result?.base64img));
  });

  test('sends base64, and writes the file it was asked for', async () => {
    const outputFile = join(folder, 'out.png');
    const { result } = await run('removeBackgroundFromImageBase64', {
      base64img: photo.toString('base64'),
      size: 'full',
      outputFile,
    });
    expect(result?.creditsCharged).toBe('1');
    expectCutOut(await decodeRaw(readFileSync(outputFile)));
  });

  test('sends an address, and puts the subject on a colour', async () => {
    const { result } = await run('removeBackgroundFromImageUrl', {
      url: `${photos.url}/photo.jpg`,
      crop: true,
      crop_margin: '10px',
      bg_color: '00ff00',
    });
    const image = await decoded(result?.base64img);
    expect([...image.data.subarray(0, 3)].map((value) => Math.round(value / 64))).toEqual([0, 4, 0]);
    expect(image.width).toBeLessThan(480);
  });

  test('is told what is wrong as remove.bg tells it', async () => {
    const wrong = await run('removeBackgroundFromImageFile', { path: photoPath, roi: 'here' });
    expect(wrong.error).toMatchObject([{ code: 'invalid_roi' }]);
    const missing = await run('removeBackgroundFromImageUrl', { url: `${photos.url}/nothing.jpg` });
    expect(missing.error).toMatchObject([{ code: 'failed_image_download' }]);
    const url = `${photos.url}/photo.jpg`;
    const wall = await run('removeBackgroundFromImageUrl', { url, bg_image_url: `${photos.url}/nothing.jpg` });
    expect(wall.error).toMatchObject([{ code: 'failed_bg_download' }]);
    const stranger = await run('removeBackgroundFromImageFile', { path: photoPath, apiKey: 'unknown' });
    expect(stranger.error).toMatchObject([{ code: 'auth_failed' }]);
  });
});

describe('npm runpod-sdk', () => {
  let told: Map<string, unknown>;
  beforeAll(async () => {
    const client = await startNode(join(here, 'clients/runpod.mjs'), { args: [`${packshot.url}/v2`, photoPath] });
    const { code } = await client.exited;
    if (code !== 0) throw new Error(client.output());
    const lines = [...client.output().matchAll(/^=> (.*)$/gm)].map(
      ([, text = '']) => JSON.parse(text) as { name: string; value: unknown },
    );
    told = new Map(lines.map(({ name, value }) => [name, value]));
  }, 120_000);

  const completed = { status: 'COMPLETED', completed: true, succeeded: true, output: { filename: 'my_photo.jpg' } };

  test('finds a worker that is ready', () => {
    expect(told.get('health')).toMatchObject({ workers: { ready: 1 }, jobs: { completed: expect.any(Number) } });
  });
  test('runs and waits', () => expect(told.get('runSync')).toMatchObject(completed));
  test('runs, asks, and is given the output', async () => {
    expect(told.get('run')).toMatchObject({ status: 'IN_QUEUE', id: expect.any(String) });
    expect(told.get('statusSync')).toMatchObject(completed);
    const { output } = told.get('status') as { output: { image_b64: string } };
    expectCutOut(await decodeRaw(Buffer.from(output.image_b64, 'base64')));
  });
  test('streams the output once', () => {
    expect(told.get('stream')).toMatchObject([{ output: { filename: 'my_photo.jpg' } }]);
  });
  test('cancels', () => {
    expect(told.get('cancel')).toMatchObject({ status: 'CANCELLED' });
    expect(told.get('canceled')).toMatchObject({ completed: true, succeeded: false });
  });
  test('purges', () => expect(told.get('purgeQueue')).toEqual({ removed: 0, status: 'completed' }));
});

test('a RunPod webhook is told the end in RunPod form, with the address of the image', async () => {
  const input = { filename: 'a.jpg', image_b64: photo.toString('base64') };
  const response = await fetch(`${packshot.url}/v2/birefnet/run`, {
    method: 'POST',
    headers: { ...authorized, 'content-type': 'application/json' },
    body: JSON.stringify({ input, webhook: `${sink.url}runpod` }),
  });
  const { id } = (await response.json()) as { id: string };
  const [delivery] = await sink.waitFor(({ body }) => body.includes(id), 60_000);
  const body = JSON.parse(delivery?.body ?? '') as { output: { image_url: string } };
  expect(body).toMatchObject({ id, status: 'COMPLETED', output: { filename: 'a.jpg' } });
  expectCutOut(await picture(await fetch(body.output.image_url)));
});
