import { AppError, newId } from '@packshot/contracts';
import { createUploads, findUploads, overdueUploads, removeJob, removeUpload, type UploadRecord } from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import { createObjectStore, type ObjectStore, storageConfig, uploadKey, uploadPartKey } from '@packshot/storage';
import { startS3 } from '@packshot/testing';
import { removeUploads } from './sweep-uploads';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

const HOUR_MS = 3_600_000;
const GOOD = scripted({ do: 'succeed' });
const logger = createLogger({ name: 'test', level: 'error', format: 'text' });
logger.silent = true;

jest.setTimeout(5 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

const sweep = (now: number, storage: ObjectStore = bench.storage) =>
  removeUploads({ store: bench.jobs.store, storage, logger }, now);

/** An upload that ends in an hour, sent. */
async function upload(storage: ObjectStore = bench.storage): Promise<UploadRecord> {
  const id = newId('upl');
  const record: UploadRecord = {
    ...{ id, tenant: 'default', key: uploadKey(id), method: 'put', contentType: 'image/png', bytes: GOOD.length },
    ...{ name: 'a.png', partBytes: null, multipartId: null },
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
  };
  await createUploads(bench.jobs.store, [record]);
  await storage.put(record.key, GOOD, { contentType: 'image/png' });
  return record;
}

const later = (record: UploadRecord, hours: number) => Date.parse(record.expiresAt) + hours * HOUR_MS;
const isKnown = async ({ id }: UploadRecord) => (await findUploads(bench.jobs.store, [id], null)).has(id);
const records = ({ id }: UploadRecord) => bench.jobs.store.redis.keys(`*${id}*`);

describe('an upload that no job uses', () => {
  test('is removed, objects and record, an hour after its end, when no late bytes can follow', async () => {
    const record = await upload();
    await bench.storage.put(uploadPartKey(record.id, 1), GOOD, { contentType: 'image/png' });
    expect(await sweep(later(record, 0.9))).toBe(0);
    expect(await isKnown(record)).toBe(true);
    expect(await sweep(later(record, 1.1))).toBe(1);
    expect(await bench.storage.deletePrefix(`uploads/${record.id}/`)).toBe(0);
    expect(await records(record)).toEqual([]);
  });

  test('is passed over while it cannot be removed, known to nobody by then, and removed later', async () => {
    const [stuck, other] = [await upload(), await upload()];
    const failing = Object.create(bench.storage, {
      deletePrefix: {
        value: async (prefix: string) => {
          if (prefix.includes(stuck.id)) throw new AppError('storage_error');
          return bench.storage.deletePrefix(prefix);
        },
      },
    }) as ObjectStore;
    expect(await sweep(later(other, 2), failing)).toBe(1);
    expect(await records(other)).toEqual([]);
    expect(await isKnown(stuck)).toBe(false);
    expect(await sweep(later(stuck, 2))).toBe(1);
    expect(await records(stuck)).toEqual([]);
  });

  test('loses the parts that a bucket keeps hidden', async () => {
    const s3 = await startS3();
    const storage = await createObjectStore(storageConfig.parse(s3.environment(await s3.createBucket())));
    try {
      const record = await upload(storage);
      const { direct } = storage;
      const multipartId = (await direct?.beginMultipart(record.key, 'image/png')) ?? '';
      expect(await direct?.parts(record.key, multipartId)).toEqual([]);
      expect(await sweep(later(record, 2), storage)).toBe(1);
      expect(await direct?.parts(record.key, multipartId)).toBeNull();
      expect(await storage.head(record.key)).toBeNull();
    } finally {
      await storage.close();
      await s3.stop();
    }
  });
});

describe('an upload that jobs use', () => {
  const objects = () => ({
    deleteJob: async () => {},
    delete: (keys: readonly string[]) => bench.storage.delete(keys),
  });

  test('lives as long as the last of them', async () => {
    const record = await upload();
    const source = { kind: 'upload', key: record.key } as const;
    const jobs = [await bench.commitJob([source]), await bench.commitJob([source])];
    expect(await sweep(later(record, 1000))).toBe(0);
    for (const job of jobs) {
      expect(await bench.storage.head(record.key)).not.toBeNull();
      await bench.jobs.cancel(job, bench.links);
      expect(await removeJob(bench.jobs.store, job.id, objects())).toBe(true);
    }
    expect(await bench.storage.head(record.key)).toBeNull();
    expect(await sweep(later(record, 2))).toBe(1);
    expect(await records(record)).toEqual([]);
  });

  test('is processed like any other image; one that was never sent fails its item', async () => {
    const [sent, missing] = [await upload(), await upload()];
    await bench.storage.delete([missing.key]);
    await bench.startWorker();
    const job = await bench.submit([
      { kind: 'upload', key: sent.key },
      { kind: 'upload', key: missing.key },
    ]);
    const [done, failed] = await bench.ended(job);
    expect(done).toMatchObject({ status: 'succeeded' });
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'source_missing', retryable: false } });
  });

  test('is not removed by a sweeper that saw it before the job was made', async () => {
    const record = await upload();
    const { store } = bench.jobs;
    const now = later(record, 2);
    const [seen = ''] = await overdueUploads(store, now, { count: 1 });
    expect(seen).toBe(record.id);
    await bench.commitJob([{ kind: 'upload', key: record.key }]);
    const objectsGo = jest.fn();
    expect(await removeUpload(store, seen, now, objectsGo)).toBe(false);
    expect(objectsGo).not.toHaveBeenCalled();
    expect(await isKnown(record)).toBe(true);
  });
});
