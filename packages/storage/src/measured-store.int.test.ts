import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openFilesystemStore } from './filesystem';
import { measureStore } from './measured-store';
import type { ObjectStore } from './object-store';

describe('a measured store', () => {
  let folder: string;
  let store: ObjectStore;
  let seen: [operation: string, failed: boolean][];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packshot-measured-'));
    seen = [];
    store = measureStore(await openFilesystemStore(folder), (operation, seconds, failed) => {
      expect(seconds).toBeGreaterThan(0);
      seen.push([operation, failed]);
    });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('does what the store does, and reports each operation once', async () => {
    await store.put('a/b', Buffer.from('hello'), { contentType: 'text/plain' });
    expect(await store.head('a/b')).toMatchObject({ bytes: 5 });
    const { body } = await store.get('a/b');
    expect(Buffer.concat(await body.toArray()).toString()).toBe('hello');
    const keys: string[] = [];
    for await (const { key } of store.list('a/')) keys.push(key);
    expect(keys).toEqual(['a/b']);
    expect(await store.deletePrefix('a/')).toBe(1);
    expect(seen).toEqual([
      ['put', false],
      ['head', false],
      ['get', false],
      ['deletePrefix', false],
    ]);
  });

  it('reports as failed what the store failed at, and nothing else', async () => {
    await expect(store.get('not/there')).rejects.toMatchObject({ code: 'not_found' });
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('a');
        throw new Error('the client went away');
      })(),
    );
    await expect(store.put('a', broken, { contentType: 'text/plain' })).rejects.toThrow('the client went away');
    await rm(folder, { recursive: true });
    await expect(store.check()).rejects.toMatchObject({ code: 'storage_error' });
    expect(seen).toEqual([
      ['get', false],
      ['put', false],
      ['check', true],
    ]);
  });
});
