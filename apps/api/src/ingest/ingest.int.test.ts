import type { Ingested, IngestReport, JobView } from '@packshot/contracts';
import { ConfigError } from '@packshot/service';
import { startRedis, type TestRedis } from '@packshot/testing';
import { loadApiConfig } from '../config';
import { problem } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

const RULES = [
  {
    bucket: 'photos',
    prefix: 'in/',
    suffix: '.jpg',
    preset: 'cutout',
    metadata: { shop: 'de' },
    priority: 'interactive',
  },
  { bucket: 'photos', prefix: 'in/restore/', pipeline: { denoise: true } },
];
const SETTINGS = {
  API_KEYS: 'red=red-key-0123456789abcdef,blue=blue-key-0123456789abcdef',
  S3_SOURCES: 'photos',
  S3_BUCKET: 'photos',
  STORAGE: 'filesystem',
  INGEST_RULES: JSON.stringify(RULES),
};
type Tenant = 'red' | 'blue';
const as = (tenant: Tenant) => ({ authorization: `Bearer ${tenant}-key-0123456789abcdef` });

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis.url, SETTINGS);
});
afterAll(async () => {
  await api.close();
  await redis.stop();
});

let count = 0;
const anyKey = (folder = 'in') => `${folder}/${count++}.jpg`;
const record = (
  key: string,
  { sequencer = '00a1', event = 'ObjectCreated:Put', bucket = 'photos', version = '' } = {},
) => ({
  eventName: event,
  s3: {
    bucket: { name: bucket },
    object: { key: encodeURIComponent(key), sequencer, ...(version && { versionId: version }) },
  },
});

const post = (body: unknown, { tenant = 'red' as Tenant, to = api, type = 'application/json' } = {}) =>
  fetch(`${to.url}/ingest/s3`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': type, ...as(tenant) },
  });

async function send(body: unknown, options: Parameters<typeof post>[1] = {}): Promise<Ingested[]> {
  const response = await post(body, options);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as IngestReport).records;
}

const notify = async (...records: Parameters<typeof record>) => send({ Records: [record(...records)] });
const jobsOf = async (tenant: Tenant) => {
  const { redis: client, keys } = api.deps.jobs.store;
  return client.zcard(keys.jobsOf(tenant));
};

describe('a new object', () => {
  test('becomes a job of the caller by the rule for its place, its item the object itself', async () => {
    const key = 'in/rote Blume+ä.jpg';
    const [result] = await notify(key, { version: 'v7' });
    expect(result).toMatchObject({ bucket: 'photos', key, status: 'accepted', reason: null, rule: 0 });
    const job = await api.deps.jobs.store.require(result?.job ?? '', 'red');
    expect(job).toMatchObject({
      priority: 'interactive',
      metadata: { shop: 'de', s3_bucket: 'photos', s3_key: key },
      pipeline: { background: expect.anything() },
    });
    const [item] = await api.deps.jobs.store.listItems(job.id, 0, 10);
    expect(item).toMatchObject({
      customId: key,
      source: { kind: 's3', bucket: 'photos', key, version: 'v7' },
      input: { name: 'rote Blume+ä.jpg' },
      status: 'queued',
    });
    expect(await api.deps.jobs.queues.items.getJobCountByTypes('waiting', 'prioritized')).toBeGreaterThan(0);
    const view = (await (await fetch(`${api.url}/jobs/${job.id}`, { headers: as('red') })).json()) as JobView;
    expect(view.counts).toMatchObject({ total: 1, queued: 1 });
  });

  test('becomes a job for each rule that is for it', async () => {
    const results = await notify(anyKey('in/restore'));
    expect(results.map(({ rule, status }) => [rule, status])).toEqual([
      [0, 'accepted'],
      [1, 'accepted'],
    ]);
    expect(new Set(results.map(({ job }) => job)).size).toBe(2);
  });

  test.each([
    ['not_created', { event: 'ObjectRemoved:Delete' }, 'in/a.jpg'],
    ['no_rule', {}, 'out/a.jpg'],
    ['no_rule', {}, 'in/a.png'],
    ['folder', {}, 'in/new.jpg/'],
    ['source_not_allowed', { bucket: 'photos-private' }, 'in/a.jpg'],
    ['source_not_allowed', {}, 'jobs/job_1/item_1/original'],
    ['source_not_allowed', {}, 'in/../secret.jpg'],
  ] as const)('makes none, and is told to be %s, with %j for %s', async (reason, options, key) => {
    const before = await jobsOf('red');
    expect(await notify(key, options)).toMatchObject([{ key, status: 'ignored', reason, job: null }]);
    expect(await jobsOf('red')).toBe(before);
  });

  test('among others that are of no use is found', async () => {
    const bad = { eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'photos' }, object: { key: 'in/%zz' } } };
    // Half of a pair that stands for one character: no text that could be the name of an object.
    const half = { ...bad, s3: { ...bad.s3, object: { key: 'in/\ud800.jpg' } } };
    const results = await send({ Records: [null, bad, half, record(anyKey())] });
    const outcomes = results.map(({ reason, status }) => reason ?? status);
    expect(outcomes).toEqual(['malformed', 'malformed', 'malformed', 'accepted']);
  });

  test('comes in the envelope of SNS as plain text as well', async () => {
    const Message = JSON.stringify({ Records: [record(anyKey())] });
    const results = await send({ Type: 'Notification', Message }, { type: 'text/plain; charset=UTF-8' });
    expect(results).toMatchObject([{ status: 'accepted' }]);
  });
});

describe('a notification that comes again', () => {
  test('makes no second job, and names the first', async () => {
    const key = anyKey();
    const [first] = await notify(key);
    const before = await jobsOf('red');
    expect(await notify(key)).toMatchObject([{ status: 'ignored', reason: 'duplicate', job: first?.job }]);
    expect(await notify(key, { sequencer: '00A100' })).toMatchObject([{ reason: 'duplicate' }]);
    expect(await jobsOf('red')).toBe(before);
  });

  test('many times at once, at two servers, makes one job', async () => {
    const other = await startApi(redis.url, { ...SETTINGS, REDIS_PREFIX: api.deps.config.REDIS_PREFIX });
    try {
      const key = anyKey();
      const before = await jobsOf('red');
      const body = { Records: [record(key)] };
      const deliveries = Array.from({ length: 20 }, (_, index) => send(body, { to: index % 2 === 0 ? api : other }));
      const results = (await Promise.all(deliveries)).flat();
      expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(1);
      expect(results.filter(({ reason }) => reason === 'duplicate')).toHaveLength(19);
      expect(new Set(results.map(({ job }) => job)).size).toBe(1);
      expect(await jobsOf('red')).toBe(before + 1);
    } finally {
      await other.close();
    }
  });

  test('of a newer object makes another job; of an older one none', async () => {
    const key = anyKey();
    await notify(key, { sequencer: '00b1' });
    const [newer] = await notify(key, { sequencer: '00b2' });
    expect(newer).toMatchObject({ status: 'accepted' });
    expect(await notify(key, { sequencer: '00b1ff' })).toMatchObject([{ reason: 'outdated', job: newer?.job }]);
  });

  test('at another tenant is another matter', async () => {
    const body = { Records: [record(anyKey())] };
    expect(await send(body, { tenant: 'red' })).toMatchObject([{ status: 'accepted' }]);
    expect(await send(body, { tenant: 'blue' })).toMatchObject([{ status: 'accepted' }]);
    expect(await send(body, { tenant: 'blue' })).toMatchObject([{ reason: 'duplicate' }]);
  });

  test('is not forgotten soon, but some day', async () => {
    const key = anyKey();
    await notify(key);
    const { redis: client, keys } = api.deps.jobs.store;
    const days = (await client.pttl(keys.ingested('photos', key))) / 86_400_000;
    expect(days).toBeGreaterThan(6);
    expect(days).toBeLessThanOrEqual(7);
  });
});

describe('what is no notification', () => {
  test.each([
    ['{', 'invalid_json'],
    ['{}', 'invalid_request'],
    [JSON.stringify({ Type: 'Notification', Message: '{}' }), 'invalid_request'],
    [
      JSON.stringify({ Type: 'SubscriptionConfirmation', Message: '', SubscribeURL: 'https://127.0.0.1/' }),
      'url_not_allowed',
    ],
  ])('is refused: %s', async (body, code) => {
    const response = await fetch(`${api.url}/ingest/s3`, { method: 'POST', body, headers: as('red') });
    expect(await problem(response)).toMatchObject({ code });
  });

  test('or comes without a key is refused', async () => {
    const response = await fetch(`${api.url}/ingest/s3`, { method: 'POST', body: '{}' });
    expect(await problem(response)).toMatchObject({ code: 'unauthorized' });
  });
});

describe('the key as the password of HTTP Basic', () => {
  const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`sns:${key}`).toString('base64')}` });
  const tell = (headers: Record<string, string>, path = '/ingest/s3') =>
    fetch(api.url + path, { method: 'POST', body: JSON.stringify({ Records: [record(anyKey())] }), headers });

  test('is taken, for the tenant it belongs to', async () => {
    const response = await tell(basic('red-key-0123456789abcdef'));
    const { records } = (await response.json()) as IngestReport;
    expect(records).toMatchObject([{ status: 'accepted' }]);
    const job = `${api.url}/jobs/${records[0]?.job}`;
    expect((await fetch(job, { headers: as('red') })).status).toBe(200);
    expect((await fetch(job, { headers: as('blue') })).status).toBe(404);
  });

  test('is asked for when it is missing or wrong, as SNS needs before it sends any', async () => {
    for (const headers of [{}, basic('wrong')]) {
      const response = await tell(headers);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="Packshot", charset="UTF-8"',
      ]);
    }
  });

  test.each<Record<string, string>>([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])(
    'is neither taken from a browser, which sends it for any page, nor asked for there: %j',
    async (browser) => {
      const response = await tell({ ...basic('red-key-0123456789abcdef'), ...browser });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect((await tell({ ...as('red'), ...browser })).status).toBe(200);
    },
  );

  test('is taken nowhere else', async () => {
    expect((await tell(basic('red-key-0123456789abcdef'), '/jobs')).status).toBe(401);
  });
});

describe('rules that can never work', () => {
  test.each([
    ['not valid JSON', '[{'],
    ['of an unknown preset', JSON.stringify([{ bucket: 'photos', preset: 'nothing' }])],
    ['with both a preset and a pipeline', JSON.stringify([{ ...RULES[0], pipeline: {} }])],
    ['for a bucket that is not allowed', JSON.stringify([{ bucket: 'photos-private' }])],
    ['with a webhook into a private network', JSON.stringify([{ bucket: 'photos', webhook_url: 'http://10.0.0.1/' }])],
    ['with webhook events for nobody', JSON.stringify([{ bucket: 'photos', webhook_events: ['job.failed'] }])],
    ['with a field there is not', JSON.stringify([{ bucket: 'photos', folder: 'x' }])],
  ])('keep the API from starting: %s', (_, rules) => {
    const load = () =>
      loadApiConfig({ ...SETTINGS, REDIS_URL: 'redis://127.0.0.1', PACKSHOT_CONFIG: '/dev/null', INGEST_RULES: rules });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/INGEST_RULES/);
  });
});
