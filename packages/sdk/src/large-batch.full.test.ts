import { productPhoto, startPackshot, startWebhookSink, type TestPackshot, type WebhookSink } from '@packshot/testing';
import { Packshot } from './index';

const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;
const COUNT = 500;

let system: TestPackshot;
let sink: WebhookSink;

beforeAll(async () => {
  sink = await startWebhookSink();
  const env = { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS: new URL(sink.url).host };
  system = await startPackshot({ s3: true, env });
}, 180_000);
afterAll(() => Promise.all([sink?.close(), system?.stop()]));

it('sends 500 images straight to the bucket, and hears of every one by events and of the end by a webhook', async () => {
  const packshot = new Packshot({ baseUrl: system.url });
  const data = new Uint8Array(await productPhoto({ width: 64, height: 64 }));
  const files = Array.from({ length: COUNT }, (_, index) => ({ data, name: `p${index}.png` }));
  const uploads = await packshot.uploads.createMany(files);
  const job = await packshot.jobs.create({
    items: uploads.map(({ id }, index) => ({ upload: id, custom_id: `sku-${index}` })),
    pipeline: {},
    webhook_url: sink.url,
  });
  const succeeded = new Set<string | null>();
  for await (const event of packshot.jobs.events(job.id)) {
    if (event.type === 'item' && event.data.status === 'succeeded') succeeded.add(event.data.custom_id);
  }
  expect(succeeded.size).toBe(COUNT);

  const [call] = await sink.waitFor(({ body }) => body.includes('"type":"job.succeeded"'), 30_000);
  const payload = await packshot.webhooks.verify({ body: call?.body ?? '', headers: call?.headers ?? {}, secret });
  expect(payload).toMatchObject({ data: { id: job.id, counts: { total: COUNT, succeeded: COUNT } } });
  const indexes: number[] = [];
  for await (const item of packshot.jobs.items(job.id, { status: 'succeeded' })) indexes.push(item.index);
  expect(indexes).toEqual(Array.from({ length: COUNT }, (_, index) => index));
}, 600_000);
