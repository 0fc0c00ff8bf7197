import { backgroundImage } from '@packshot/contracts';
import { accepted, itemsOf, postForm, postJson, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { jpegHead, png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ S3_SOURCES: 'photos/shop/' });

const url = 'https://example.com/a.png';
const image = png(3, 2);
const base64 = image.toString('base64');
const before = (source: object) => ({ background: true, compose: { background: { image: source } } });

async function uploads(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of api.deps.storage.list('uploads/')) keys.push(key);
  return keys;
}

describe('an image to compose before', () => {
  test.each([
    ['an address that is not allowed', { url: 'http://169.254.169.254/' }, 422, 'url_not_allowed'],
    ['an address that is none', { url: 'nonsense' }, 422, 'invalid_url'],
    ['an object of another bucket', { s3: { bucket: 'others', key: 'a.png' } }, 422, 'source_not_allowed'],
    ['an upload that is not there', { upload: 'upl_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21' }, 422, 'source_missing'],
    ['bytes that are no base64', { base64: '*' }, 422, 'invalid_base64'],
    ['bytes that are no image', { base64: 'AAAA' }, 415, 'unsupported_format'],
  ])('that is %s refuses the request, and says where it stands', async (_what, source, status, code) => {
    const body = await problem(await postJson(api.url, { items: [{ url }], pipeline: before(source) }));
    expect(body).toMatchObject({ status, code, errors: [{ pointer: '/pipeline/compose/background/image', code }] });
    expect(await api.objects()).toEqual([]);
  });

  test('of an item that cannot be used fails that item, and refuses a strict request', async () => {
    const items = [{ url }, { url, pipeline: before({ url: 'http://10.0.0.1/' }) }];
    const job = await accepted(await postJson(api.url, { items }));
    expect((await itemsOf(job)).map((item) => item.error?.code ?? item.status)).toEqual(['queued', 'url_not_allowed']);
    const refused = await problem(await postJson(api.url, { items, strict: true }));
    expect(refused).toMatchObject({
      code: 'url_not_allowed',
      errors: [{ pointer: expect.stringMatching('/items/1/') }],
    });
  });

  test('that comes as base64 is kept once, as an upload, and goes with the job', async () => {
    const items = [{ url }, { url, pipeline: before({ base64 }) }];
    const job = await accepted(await postJson(api.url, { items, pipeline: before({ base64 }) }));
    expect(JSON.stringify(job)).not.toContain(base64);
    const record = await api.deps.jobs.store.require(job.id, null);
    const records = await api.deps.jobs.store.listItems(job.id, 0, 10);
    const { upload } = backgroundImage(record.pipeline) ?? {};
    expect(upload).toMatch(/^upl_/);
    expect(records.map((item) => item.pipeline && backgroundImage(item.pipeline))).toEqual([null, { upload }]);
    expect(await uploads()).toEqual([`uploads/${upload}/original`]);
    expect(await api.deps.jobs.store.redis.smembers(api.deps.jobs.store.keys.uploadJobs(upload ?? ''))).toEqual([
      job.id,
    ]);
    for (const item of await itemsOf(job)) await finishItem(api.deps, job.id, item, { result: image });
    expect((await fetch(`${api.url}/jobs/${job.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await uploads()).toEqual([]);
  });
});

describe('composing what nobody cuts out', () => {
  const compose = { pipeline: JSON.stringify({ compose: true }) };

  test('refuses a JPEG, which has no transparency', async () => {
    const response = await postForm(api.url, ['pipeline', compose.pipeline], ['f', jpegHead(40, 30)]);
    expect(await problem(response)).toMatchObject({ status: 422, code: 'no_cut_out' });
    expect(await api.objects()).toEqual([]);
  });

  test('is accepted of a PNG, which may have some', async () => {
    await accepted(await postForm(api.url, ['pipeline', compose.pipeline], ['f', png(40, 30)]));
  });

  test('refuses a JPEG no more once it is cut out, or where there need not be anything to compose', async () => {
    for (const pipeline of [{ compose: true, background: true }, { compose: 'auto' }]) {
      await accepted(await postForm(api.url, ['pipeline', JSON.stringify(pipeline)], ['f', jpegHead(40, 30)]));
    }
  });
});
