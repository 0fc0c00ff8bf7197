import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { Packshot } from '@packshot/sdk';
import {
  freePort,
  poll,
  productPhoto,
  startNode,
  startPackshot,
  startProcess,
  type TestPackshot,
  type TestProcess,
} from '@packshot/testing';
import { POST as receiveWebhook } from './nextjs/app/api/packshot-webhook/route';
import { POST as takePhotos } from './nextjs/app/api/photos/route';

/** Each example as it is, against a whole Packshot. */
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;

let system: TestPackshot;
let packshot: Packshot;
let photo: Uint8Array<ArrayBuffer>;
let folder: string;
let receiverPort: number;
let shopPort: number;

beforeAll(async () => {
  [receiverPort, shopPort] = [await freePort(), await freePort()];
  const ALLOW_PRIVATE_HOSTS = `127.0.0.1:${receiverPort},127.0.0.1:${shopPort}`;
  // Nothing answers where the bucket is to be: what the Lambda function leads to is a job, and not yet a result.
  const bucket = {
    S3_SOURCES: 'photos',
    S3_BUCKET: 'photos',
    S3_ENDPOINT: 'http://127.0.0.1:9',
    STORAGE: 'filesystem',
  };
  const rule = { bucket: 'photos', preset: 'cutout', metadata: { from: 'the bucket' } };
  const ingest = { ...bucket, INGEST_RULES: JSON.stringify([rule]) };
  system = await startPackshot({ env: { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS, ...ingest } });
  packshot = new Packshot({ baseUrl: system.url });
  photo = new Uint8Array(await productPhoto({ width: 64, height: 64 }));
}, 180_000);
afterAll(() => system?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-examples-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the Express receiver', () => {
  let receiver: TestProcess;
  beforeEach(async () => {
    receiver = await startNode(join(__dirname, 'express-receiver/receiver.mjs'), {
      env: { PACKSHOT_URL: system.url, PACKSHOT_WEBHOOK_SECRET: secret, PORT: String(receiverPort), RESULTS: folder },
    });
    await receiver.waitForLine(/listening on/, 30_000);
  });
  afterEach(() => receiver.stop());

  it('fetches the results that a webhook tells of, and refuses calls of strangers', async () => {
    const webhook_url = `http://127.0.0.1:${receiverPort}/hooks/packshot`;
    const stranger = await fetch(webhook_url, { method: 'POST', body: '{"type":"job.succeeded"}' });
    expect(stranger.status).toBe(401);
    const job = await packshot.jobs.create({ files: [{ data: photo }, { data: photo }], pipeline: {}, webhook_url });
    await receiver.waitForLine(/saved .*1\.jpeg/, 60_000);
    expect((await readdir(join(folder, job.id))).sort()).toEqual(['0.jpeg', '1.jpeg']);
  }, 90_000);
});

describe('the Next.js routes', () => {
  const given = { ...process.env };
  beforeEach(() => {
    Object.assign(process.env, { PACKSHOT_URL: system.url, PACKSHOT_WEBHOOK_SECRET: secret });
  });
  afterEach(() => {
    process.env = { ...given };
  });

  it("make a job of a browser's upload, and tell the user what is wrong with it", async () => {
    const form = new FormData();
    form.append('photos', new File([photo], 'shoe.png', { type: 'image/png' }));
    const taken = await takePhotos(new Request('http://shop.example/api/photos', { method: 'POST', body: form }));
    expect(taken.status).toBe(202);
    const { id } = (await taken.json()) as { id: string };
    expect((await packshot.jobs.wait(id)).status).toBe('succeeded');

    const wrong = new FormData();
    wrong.append('photos', new File(['no image'], 'notes.txt'));
    const refused = await takePhotos(new Request('http://shop.example/api/photos', { method: 'POST', body: wrong }));
    expect([refused.status, await refused.json()]).toEqual([422, { error: expect.any(String) }]);
  });

  it('believe only calls that are signed', async () => {
    const stranger = new Request('http://shop.example/api/packshot-webhook', { method: 'POST', body: '{}' });
    expect((await receiveWebhook(stranger)).status).toBe(401);
  });
});

describe('the Lambda function', () => {
  const url = pathToFileURL(join(__dirname, 'aws-lambda/notify-packshot.mjs'));
  const script = `import('${url}').then(async ({ handler }) => console.log(JSON.stringify(await handler(JSON.parse(process.argv[1])))))`;
  const call = (event: object, env: Record<string, string> = {}) =>
    startProcess(process.execPath, {
      args: ['-e', script, JSON.stringify(event)],
      env: { PACKSHOT_URL: system.url, ...env },
    });
  const object = { key: 'in/shoe.jpg', sequencer: '00a1' };
  const event = { Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'photos' }, object } }] };

  it('makes a job of what a bucket tells of, and of the same news no second one', async () => {
    const answers = [];
    for (const _ of ['first', 'again']) {
      const lambda = await call(event);
      expect((await lambda.exited).code).toBe(0);
      answers.push(JSON.parse(lambda.output()).records[0]);
    }
    const [first, again] = answers;
    expect((await packshot.jobs.get(first.job)).metadata).toMatchObject({ from: 'the bucket' });
    expect(again.job).toBe(first.job);
  }, 90_000);

  it('fails when Packshot does not take it, so that it is called again', async () => {
    const lambda = await call(event, { PACKSHOT_API_KEY: 'of-nobody' });
    expect((await lambda.exited).code).not.toBe(0);
    expect(lambda.output()).toMatch(/Packshot answered 401/);
  }, 90_000);
});

describe('the WooCommerce importer', () => {
  const products = [
    {
      id: 1,
      images: [
        { id: 11, name: 'front' },
        { id: 12, name: 'missing' },
      ],
    },
    { id: 2, images: [] },
    { id: 3, images: [{ id: 31, name: 'front' }] },
  ];
  let changed: { id: string; images: { id?: number; src?: string; name?: string }[] }[];
  let shop: Server;

  beforeEach(async () => {
    changed = [];
    const base = `http://127.0.0.1:${shopPort}`;
    const withAddresses = products.map(({ id, images }) => ({
      id,
      images: images.map((image) => ({ ...image, src: `${base}/photos/${image.name}.png` })),
    }));
    shop = createServer(async (request, response) => {
      const [, id] = /\/products\/(\d+)$/.exec(request.url ?? '') ?? [];
      if (request.url === '/photos/front.png') response.end(photo);
      else if (request.headers.authorization !== `Basic ${btoa('ck:cs')}`) response.writeHead(401).end();
      else if (request.method === 'PUT' && id) {
        changed.push({ id, ...JSON.parse((await buffer(request)).toString()) });
        response.end('{}');
      } else if (request.url?.startsWith('/wp-json/wc/v3/products?page=1&'))
        response.end(JSON.stringify(withAddresses));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => shop.listen(shopPort, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => shop.close(resolve)));

  it('replaces the photos that could be processed, and none twice', async () => {
    const env = {
      PACKSHOT_URL: system.url,
      SHOP_URL: `http://127.0.0.1:${shopPort}`,
      SHOP_KEY: 'ck',
      SHOP_SECRET: 'cs',
      PRESET: 'restore',
      IMPORT_ID: `test-${shopPort}`,
    };
    const before = await count();
    for (const _ of ['first', 'again']) {
      const importer = await startNode(join(__dirname, 'woocommerce-importer/import-products.mjs'), { env });
      expect(await importer.exited).toMatchObject({ code: 0 });
      expect(importer.output()).toMatch(/1\/12: download_failed/);
      expect(importer.output()).toMatch(/2 photos replaced, 1 left as they were/);
    }
    // The second start found the job of the first.
    expect((await count()) - before).toBe(1);
    const [first, second] = changed;
    expect(first).toEqual({ id: '1', images: [{ src: expect.stringMatching(/^http/), name: 'front' }, { id: 12 }] });
    expect(second?.id).toBe('3');
    const result = await poll(() => fetch(first?.images[0]?.src ?? ''));
    expect(result.headers.get('content-type')).toBe('image/jpeg');
  }, 120_000);

  async function count(): Promise<number> {
    let jobs = 0;
    for await (const _ of packshot.jobs.list()) jobs += 1;
    return jobs;
  }
});
