import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import {
  createObjectStore,
  createSourceReader,
  type ObjectStore,
  type SourceReader,
  storageConfig,
} from '@packshot/storage';
import { fetchBackground } from './fetch-background';
import { openSpool, type Spool } from './spool';

const UPLOAD = 'upl_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21';
const KEY = `uploads/${UPLOAD}/original`;
const PNG = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');

let folder: string;
let storage: ObjectStore;
let sources: SourceReader;
let spool: Spool;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-background-'));
  const config = storageConfig.parse({ STORAGE_DIR: join(folder, 'store') });
  storage = await createObjectStore(config);
  sources = createSourceReader(config);
  spool = await openSpool(join(folder, 'spool'));
});
afterEach(async () => {
  await sources.close();
  await rm(folder, { recursive: true });
});

async function fetched(image: object, job = 'job_1'): Promise<Buffer | null> {
  const pipeline = resolvePipeline(pipelineSchema.parse({ background: true, compose: { background: { image } } }));
  const rules = { maxBytes: 1000, timeoutMs: 1000, allowHosts: [] };
  const path = await fetchBackground({ id: job }, pipeline, await spool.folder(), { storage, sources, spool, rules });
  return path === null ? null : readFile(path);
}

describe('the image a pipeline composes before', () => {
  test('is none where it names none', async () => {
    const pipeline = resolvePipeline(pipelineSchema.parse({ background: true, compose: true }));
    const rules = { maxBytes: 1000, timeoutMs: 1000, allowHosts: [] };
    expect(await fetchBackground({ id: 'job_1' }, pipeline, folder, { storage, sources, spool, rules })).toBeNull();
  });

  test('is fetched once for all items of a job, and anew for another', async () => {
    await storage.put(KEY, PNG, { contentType: 'image/png' });
    expect(await fetched({ upload: UPLOAD })).toEqual(PNG);
    await storage.delete([KEY]);
    expect(await fetched({ upload: UPLOAD })).toEqual(PNG);
    await expect(fetched({ upload: UPLOAD }, 'job_2')).rejects.toMatchObject({ code: 'source_missing' });
  });

  test('stays with an item that has it, whatever others fetch meanwhile', async () => {
    await storage.put(KEY, PNG, { contentType: 'image/png' });
    const pipeline = resolvePipeline(pipelineSchema.parse({ compose: { background: { image: { upload: UPLOAD } } } }));
    const rules = { maxBytes: 1000, timeoutMs: 1000, allowHosts: [] };
    const held = await fetchBackground({ id: 'job_0' }, pipeline, await spool.folder(), {
      storage,
      sources,
      spool,
      rules,
    });
    for (let job = 1; job < 20; job++) await fetched({ upload: UPLOAD }, `job_${job}`);
    expect(await readFile(held ?? '')).toEqual(PNG);
  });

  test('that cannot be had says that it was the background, and is tried again next time', async () => {
    const missing = fetched({ upload: UPLOAD });
    await expect(missing).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringMatching(/^The background: /),
    });
    await expect(fetched({ url: 'http://127.0.0.1/a.png' })).rejects.toMatchObject({ code: 'url_not_allowed' });
    await storage.put(KEY, PNG, { contentType: 'image/png' });
    expect(await fetched({ upload: UPLOAD })).toEqual(PNG);
  });
});
