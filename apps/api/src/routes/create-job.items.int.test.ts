import type { JobView } from '@packshot/contracts';
import { poll } from '@packshot/testing';
import { accepted, itemsOf, postForm, postJson, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { beginUpload } from '../fixtures/raw-upload';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ MAX_ITEMS: '50', S3_SOURCES: 'photos/shop/' });

const url = 'https://example.com/a.png';
const base64 = png(2, 2).toString('base64');
const UPLOAD = 'upl_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21';

const outcomes = async (job: JobView) => (await itemsOf(job)).map((item) => item.error?.code ?? item.status);
const record = (job: JobView) => api.deps.jobs.store.require(job.id, null);

/** What an item of a JSON request may look like, and what becomes of it. */
const JSON_ITEMS: [what: string, item: unknown, outcome: string, pointer?: string][] = [
  ['a URL', { url }, 'queued'],
  ['bytes', { base64 }, 'queued'],
  ['an object of an allowed bucket', { s3: { bucket: 'photos', key: 'shop/a.png' } }, 'queued'],
  ['an object of another folder', { s3: { bucket: 'photos', key: 'private/a.png' } }, 'source_not_allowed'],
  ['an object of another bucket', { s3: { bucket: 'others', key: 'shop/a.png' } }, 'source_not_allowed'],
  ['an upload that is not there', { upload: UPLOAD }, 'source_missing'],
  ['an address that is not allowed', { url: 'http://169.254.169.254/' }, 'url_not_allowed'],
  ['an address that is none', { url: 'nonsense' }, 'invalid_url'],
  ['bytes that are no base64', { base64: '*' }, 'invalid_base64'],
  ['bytes that are no image', { base64: 'AAAA' }, 'unsupported_format'],
  ['no source', {}, 'invalid_item', '/items/1: '],
  ['two sources', { url, base64 }, 'invalid_item', '/items/1: '],
  ['null', null, 'invalid_item', '/items/1: '],
  ['a number', 7, 'invalid_item', '/items/1: '],
  ['a list', [], 'invalid_item', '/items/1: '],
  ['a source of null', { url: null }, 'invalid_item', '/items/1/url: '],
  ['a source beside null', { url, base64: null }, 'invalid_item', '/items/1/base64: '],
  ['a source of another type', { base64: 7 }, 'invalid_item', '/items/1/base64: '],
  ['half an object', { s3: { bucket: 'photos' } }, 'invalid_item', '/items/1/s3/key: '],
  ['an upload that is no id', { upload: 'upl_1' }, 'invalid_item', '/items/1/upload: '],
  ['an unknown field', { url, colour: 'red' }, 'invalid_item', '/items/1/colour: '],
  ['an empty custom_id', { url, custom_id: '' }, 'invalid_item', '/items/1/custom_id: '],
  ['a custom_id of 256 characters', { url, custom_id: 'x'.repeat(256) }, 'invalid_item', '/items/1/custom_id: '],
  ['a bad override', { url, pipeline: { upscale: { scale: 3 } } }, 'invalid_item', '/items/1/pipeline/upscale/scale: '],
  ['an unknown operation', { url, pipeline: { sharpen: true } }, 'invalid_item', '/items/1/pipeline/sharpen: '],
  ['an override of null', { url, pipeline: null }, 'invalid_item', '/items/1/pipeline: '],
];

describe('an item of a JSON request', () => {
  test.each(JSON_ITEMS)('with %s is judged by itself', async (...[, item, outcome, pointer]) => {
    const job = await accepted(await postJson(api.url, { items: [{ url }, item, { url }] }));
    expect(await outcomes(job)).toEqual(['queued', outcome, 'queued']);
    const [, judged] = await itemsOf(job);
    if (pointer !== undefined) expect(judged?.error?.message).toContain(pointer);
    expect(await api.objects()).toEqual(
      item && outcome === 'queued' && Object.hasOwn(item, 'base64') ? [`jobs/${job.id}/${judged?.id}/original`] : [],
    );
  });

  test.each(JSON_ITEMS.filter(([, , outcome]) => outcome !== 'queued'))(
    'with %s refuses the request when it is strict',
    async (_what, item, code) => {
      const response = await postJson(api.url, { strict: true, items: [{ url }, item, { base64 }] });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await problem(response)).toMatchObject({ code, errors: [{ pointer: '/items/1', code }] });
      expect(await api.objects()).toEqual([]);
    },
  );

  test('keeps its custom_id although it is bad', async () => {
    const job = await accepted(await postJson(api.url, { items: [{ url }, { custom_id: 'mine', colour: 1 }] }));
    expect((await itemsOf(job)).map((item) => item.custom_id)).toEqual([null, 'mine']);
  });
});

test('a strict request names every bad item, and the first hundred of very many', async () => {
  const few = await problem(await postJson(api.url, { strict: true, items: [{}, { url }, { url, colour: 1 }] }));
  expect(few).toMatchObject({ status: 422, code: 'invalid_item', detail: '2 of 3 items cannot be processed.' });
  expect(few.errors?.map(({ pointer }) => pointer)).toEqual(['/items/0', '/items/2']);
  expect(few.errors?.[1]?.detail).toContain('/items/2/colour');
});

describe('a file of a form', () => {
  test('gets the custom_id and the overrides of its place in items', async () => {
    const items = [{ custom_id: 'a' }, {}, { pipeline: { upscale: { scale: 4 }, background: false } }];
    const pipeline = JSON.stringify({ background: true });
    const job = await accepted(
      await postForm(
        api.url,
        ['f', png(1, 1)],
        ['items', JSON.stringify(items)],
        ['f', png(2, 2)],
        ['f', png(3, 3)],
        ['f', png(4, 4)],
        ['pipeline', pipeline],
      ),
    );
    const records = await api.deps.jobs.store.listItems(job.id, 0, 10);
    expect(records.map(({ customId }) => customId)).toEqual(['a', null, null, null]);
    expect(records.map((item) => item.pipeline)).toEqual([
      null,
      null,
      expect.objectContaining({ upscale: expect.objectContaining({ scale: 4 }), background: false }),
      null,
    ]);
  });

  test.each([
    ['an unknown field', { colour: 1 }],
    ['a source', { url }],
    ['null', null],
    ['a bad override', { pipeline: { denoise: { strength: 2 } } }],
    [
      'an override that makes its result too large',
      { pipeline: { upscale: { scale: 4 }, output: { format: 'webp' } } },
    ],
  ])('whose description has %s fails alone, and is deleted again', async (_what, description) => {
    const job = await accepted(
      await postForm(
        api.url,
        ['f', png(1, 1)],
        ['f', png(4096, 1)],
        ['f', png(3, 3)],
        ['items', JSON.stringify([{}, description, {}])],
      ),
    );
    const items = await itemsOf(job);
    expect(items.map(({ status }) => status)).toEqual(['queued', 'failed', 'queued']);
    expect(await api.objects()).toEqual(
      [items[0], items[2]].map((item) => `jobs/${job.id}/${item?.id}/original`).sort(),
    );
  });

  test('whose description is bad refuses a strict request, and nothing is left', async () => {
    const response = await postForm(
      api.url,
      ['f', png(1, 1)],
      ['f', png(1, 1)],
      ['strict', 'true'],
      ['items', '[{},{"colour":1}]'],
    );
    expect(response.status).toBe(422);
    expect(await problem(response)).toMatchObject({ code: 'invalid_item', errors: [{ pointer: '/items/1' }] });
    expect(await api.objects()).toEqual([]);
  });
});

test('an item has its own pipeline, the operations it names in place of those of the job', async () => {
  const pipeline = { denoise: 'auto', background: true };
  const job = await accepted(
    await postJson(api.url, {
      pipeline,
      items: [{ url }, { url, pipeline: { denoise: false, output: { format: 'webp' } } }],
    }),
  );
  const [plain, own] = await api.deps.jobs.store.listItems(job.id, 0, 2);
  expect(plain?.pipeline).toBeNull();
  expect(own?.pipeline).toMatchObject({
    denoise: false,
    background: job.pipeline.background,
    upscale: false,
    output: { format: 'webp' },
  });
});

describe('what holds for the whole job', () => {
  const fields = {
    ttl: 60,
    timeout: 5,
    priority: 'interactive',
    webhook_url: 'https://example.com/hook',
    webhook_events: ['item.succeeded', 'job.failed'],
  } as const;
  const kept = {
    ttlMs: 60_000,
    timeoutMs: 5_000,
    priority: 'interactive',
    webhookUrl: 'https://example.com/hook',
    webhookEvents: ['item.succeeded', 'job.failed'],
  };

  test('can be said in JSON and in a form', async () => {
    const asJson = await accepted(await postJson(api.url, { ...fields, items: [{ url }] }));
    const entries = Object.entries(fields).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    const asForm = await accepted(await postForm(api.url, ...entries, ['f', png(1, 1)]));
    expect(await record(asJson)).toMatchObject(kept);
    expect(await record(asForm)).toMatchObject(kept);
  });

  test.each<[field: string, inJson: unknown, inForm: string]>([
    ['ttl', 0, '0'],
    ['ttl', 1.5, '1.5'],
    ['ttl', '60', 'soon'],
    ['ttl', null, ''],
    ['timeout', 86_401, '86401'],
    ['priority', 'urgent', 'urgent'],
    ['webhook_events', ['job.exploded'], '["job.exploded"]'],
    ['webhook_events', [], '[]'],
    ['webhook_events', 'job.failed', '"job.failed"'],
    // Right, but there is no webhook_url to tell.
    ['webhook_events', ['job.failed'], '["job.failed"]'],
    ['metadata', { a: null }, '{"a":null}'],
    ['strict', 'yes', 'yes'],
  ])('is refused by name when it is wrong: %s %j', async (field, inJson, inForm) => {
    const answers = [
      await postJson(api.url, { [field]: inJson, items: [{ url }] }),
      await postForm(api.url, ['f', png(1, 1)], [field, inForm]),
    ];
    for (const response of answers) {
      expect(response.status).toBe(400);
      const { code, errors } = await problem(response);
      expect(code).toBe('invalid_request');
      expect(errors?.[0]?.pointer).toMatch(new RegExp(`^/${field}`));
    }
    expect(await api.objects()).toEqual([]);
  });
});

describe('one item too many', () => {
  test('is refused before anything is stored when items says so', async () => {
    const items = JSON.stringify(Array.from({ length: 51 }, () => ({})));
    const response = await postForm(api.url, ['items', items], ['f', png(1, 1)]);
    expect([response.status, (await problem(response)).code]).toEqual([413, 'too_many_items']);
    expect(await api.objects()).toEqual([]);
  });

  test('is refused as soon as its file begins, before the form has ended', async () => {
    const upload = await beginUpload(api.url, { bytes: 0, chunked: true });
    upload.write(png(1, 1));
    const file = '\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n';
    for (let files = 1; files < 50; files++) upload.write(Buffer.concat([Buffer.from(file), png(1, 1)]));
    await poll(async () => (await api.objects()).length >= 49, { what: 'the files before it' });
    expect(api.log.filter(({ status }) => status === 413)).toEqual([]);
    upload.write(Buffer.from(`${file}x`));
    await poll(() => api.log.some(({ status }) => status === 413));
    expect(await api.objects()).toEqual([]);
    upload.hangUp();
  });
});
