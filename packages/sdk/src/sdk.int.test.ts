import {
  cutOff,
  decodeRaw,
  type FaultProxy,
  productPhoto,
  startFaultProxy,
  startPackshot,
  startWebhookSink,
  type TestPackshot,
  type WebhookSink,
} from '@packshot/testing';
import { type ItemView, type JobEvent, type JobView, Packshot, PackshotError, verifyWebhook } from './index';

/** The client against a whole Packshot, whose images lie in a real bucket. */
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;
const photo = async (seed: number) => new Uint8Array(await productPhoto({ width: 64, height: 48, seed }));

let system: TestPackshot;
let sink: WebhookSink;
let line: FaultProxy;
let packshot: Packshot;

beforeAll(async () => {
  sink = await startWebhookSink();
  const env = { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS: new URL(sink.url).host };
  system = await startPackshot({ s3: true, env });
  line = await startFaultProxy(new URL(system.url));
  packshot = new Packshot({ baseUrl: system.url });
}, 180_000);
afterAll(async () => {
  await line?.close();
  await Promise.all([sink?.close(), system?.stop()]);
});

const thrown = async (promise: Promise<unknown>): Promise<PackshotError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PackshotError)) throw error ?? new Error('nothing was thrown');
  return error;
};

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

const isOver = ({ body }: { body: string }, id: string) => body.includes(id) && body.includes('"type":"job.');

it('sends a batch straight to the bucket, and is told of its end by events and by a webhook', async () => {
  const names = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png'];
  const files = await Promise.all(names.map(async (name, seed) => ({ name, data: await photo(seed) })));
  const arrived: number[] = [];
  const uploads = await packshot.uploads.createMany(files, {
    concurrency: 2,
    onUploaded: (_, index) => arrived.push(index),
  });
  expect(uploads.map(({ name, status }) => [name, status])).toEqual(names.map((name) => [name, 'arrived']));
  expect([...arrived].sort()).toEqual([0, 1, 2, 3, 4]);

  const job = await packshot.jobs.create({
    items: uploads.map(({ id }, index) => ({ upload: id, custom_id: `sku-${index}` })),
    pipeline: { output: { format: 'webp' } },
    webhook_url: `${sink.url}hook`,
  });
  const events = await all(packshot.jobs.events(job.id));
  expect(events.at(-1)).toMatchObject({ type: 'job', data: { id: job.id, status: 'succeeded' } });
  const done = events.flatMap((event) =>
    event.type === 'item' && event.data.status === 'succeeded' ? [event.data.custom_id] : [],
  );
  expect(done.sort()).toEqual(['sku-0', 'sku-1', 'sku-2', 'sku-3', 'sku-4']);

  const [call] = await sink.waitFor((one) => isOver(one, job.id), 30_000);
  const payload = await packshot.webhooks.verify({ body: call?.body ?? '', headers: call?.headers ?? {}, secret });
  expect(payload).toMatchObject({ type: 'job.succeeded', data: { id: job.id, counts: { succeeded: 5 } } });
  expect((await packshot.webhooks.secret()).secret).toBe(secret);

  const items = await all(packshot.jobs.items(job.id, { status: 'succeeded' }));
  expect(items.map(({ index, input, result }) => [index, input.name, result?.content_type])).toEqual(
    names.map((name, index) => [index, name, 'image/webp']),
  );
  const image = await (await packshot.jobs.result(job.id, items[2]?.id ?? '')).arrayBuffer();
  expect(await decodeRaw(Buffer.from(image))).toMatchObject({ width: 64, height: 48 });
  const listed = await all(packshot.jobs.list({ custom_id: 'sku-3' }));
  expect(listed.map(({ id }) => id)).toEqual([job.id]);
}, 60_000);

it('sends a large image in parts', async () => {
  const data = new Uint8Array(9_000_000);
  data.set(await photo(1));
  const upload = await packshot.uploads.create({ data, name: 'large.png' }, { multipartBytes: 5_000_000 });
  expect(upload).toMatchObject({ status: 'arrived', method: 'multipart', bytes: 9_000_000, content_type: 'image/png' });
  expect(await packshot.uploads.get(upload.id)).toMatchObject({ status: 'arrived' });
}, 60_000);

it('makes a job of files that go along, each with a word of its own', async () => {
  const job = await packshot.jobs.create({
    files: [
      { data: await photo(1), name: 'one.png', custom_id: 'one' },
      { data: new File([await photo(2)], 'two.png'), pipeline: { output: { format: 'jpeg' } } },
    ],
    pipeline: { output: { format: 'png', also: ['preview'] } },
    metadata: { order: '7' },
  });
  const seen: JobView[] = [];
  const ended = await packshot.jobs.wait(job.id, { onProgress: (one) => seen.push(one) });
  expect(ended).toMatchObject({ status: 'succeeded', metadata: { order: '7' } });
  expect(seen.at(-1)).toEqual(ended);
  const items = await all(packshot.jobs.items(job.id));
  expect(items.map(({ custom_id, input, result }) => [custom_id, input.name, result?.content_type])).toEqual([
    ['one', 'one.png', 'image/png'],
    [null, 'two.png', 'image/jpeg'],
  ]);
  const one = items[0]?.id ?? '';
  expect((await packshot.jobs.beside(job.id, one, 'preview')).headers.get('content-type')).toBe('image/jpeg');
  const original = new Uint8Array(await (await packshot.jobs.original(job.id, one)).arrayBuffer());
  expect(original).toEqual(await photo(1));
  expect((await packshot.jobs.archive(job.id, ['report'])).headers.get('content-type')).toBe('application/zip');
});

it('processes one image while one waits, and throws its error by its code', async () => {
  const { image, jobId } = await packshot.process({
    file: { data: new Blob([await photo(3)]), name: 'three.png' },
    pipeline: { output: { format: 'avif' } },
  });
  expect(image.type).toBe('image/avif');
  expect(await packshot.jobs.get(jobId)).toMatchObject({ status: 'succeeded', priority: 'interactive' });
  const broken = new Uint8Array(cutOff(Buffer.from(await photo(4))));
  expect(await thrown(packshot.process({ file: { data: broken }, pipeline: {} }))).toMatchObject({
    code: 'corrupt_image',
  });
});

it('goes on with the events after a cut, and tells each once and in order', async () => {
  const far = new Packshot({ baseUrl: `http://${line.host}:${line.port}` });
  const data = await photo(5);
  const job = await packshot.jobs.create({
    files: Array.from({ length: 24 }, () => ({ data })),
    pipeline: { denoise: true },
  });
  const told: JobEvent[] = [];
  let cuts = 0;
  for await (const event of far.jobs.events(job.id, { lastEventId: '0' })) {
    told.push(event);
    // The job is far from its end, so the stream is open.
    if (event.type !== 'item' || cuts > 0) continue;
    cuts += 1;
    line.setState('down');
    setTimeout(() => line.setState('up'), 50);
  }
  expect(cuts).toBe(1);

  const ids = (events: readonly JobEvent[]) => events.flatMap(({ id }) => (id === null ? [] : [id]));
  const whole: JobEvent[] = await all(packshot.jobs.events(job.id, { lastEventId: '0' }));
  expect(new Set(ids(whole)).size).toBe(ids(whole).length);
  expect(ids(told)).toEqual(ids(whole));
  expect(told.at(-1)).toEqual(whole.at(-1));
  // Whoever comes back with the last of them learns that there is no more.
  expect(await all(packshot.jobs.events(job.id, { lastEventId: ids(whole).at(-1) }))).toEqual([]);
}, 60_000);

it('cancels, retries and deletes', async () => {
  const job = await packshot.jobs.create({
    items: [{ url: 'http://127.0.0.1:9/none.jpg' }, { base64: Buffer.from(await photo(6)).toString('base64') }],
    pipeline: {},
  });
  const ended = await packshot.jobs.wait(job.id);
  expect(ended.status).toBe('partially_succeeded');
  expect(await thrown(packshot.jobs.cancel(job.id))).toMatchObject({ code: 'conflict', status: 409 });
  const [bad]: ItemView[] = await all(packshot.jobs.items(job.id, { status: 'failed' }));
  expect(bad?.error?.code).toBe('url_not_allowed');
  expect(await thrown(packshot.jobs.result(job.id, bad?.id ?? ''))).toMatchObject({ code: 'result_not_ready' });
  await packshot.jobs.delete(job.id);
  expect(await thrown(packshot.jobs.get(job.id))).toMatchObject({ code: 'not_found', status: 404 });
});

it('lists the models, with where they are loaded', async () => {
  const { as_of, models } = await packshot.models.list();
  expect(as_of).not.toBeNull();
  expect(models).toContainEqual(
    expect.objectContaining({ id: 'compact-cutout', loaded: [{ provider: 'cpu', workers: 1 }] }),
  );
});

it('says what is wrong with an image before anything is sent', async () => {
  const text = { data: new TextEncoder().encode('no image'), name: 'notes.txt' };
  expect(await thrown(packshot.uploads.create(text))).toMatchObject({ code: 'unsupported_format', status: null });
  expect(await thrown(packshot.uploads.create({ data: new Uint8Array(0) }))).toMatchObject({ code: 'empty_file' });
});

it('believes only calls that Packshot has signed', async () => {
  const [call] = sink.deliveries;
  if (!call) throw new Error('nothing was delivered');
  const headers = new Headers(call.headers as Record<string, string>);
  const bytes = new TextEncoder().encode(call.body);
  expect(await verifyWebhook({ body: bytes, headers, secret: [secret.replace('whsec_Y', 'whsec_Z'), secret] })).toEqual(
    JSON.parse(call.body),
  );
  expect(await thrown(verifyWebhook({ body: `${call.body} `, headers, secret }))).toMatchObject({
    code: 'invalid_signature',
  });
  expect((await thrown(verifyWebhook({ body: call.body, headers: {}, secret }))).message).toMatch(
    /webhook-id is missing/,
  );
});
