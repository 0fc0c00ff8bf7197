import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { eventually, startProcess } from '@packshot/testing';
import { describeObjectStore } from './conformance';
import { openFilesystemStore } from './filesystem';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-storage-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeObjectStore('a folder', () => openFilesystemStore(join(folder, 'conformance')));

describe('a folder of objects', () => {
  let root: string;
  let temporary: string;
  beforeEach(() => {
    root = join(folder, randomUUID());
    temporary = join(root, '.packshot', 'tmp');
  });

  test('holds objects as plain files under their keys', async () => {
    const store = await openFilesystemStore(root);
    await store.put('jobs/a/result.png', Buffer.from('pixels'), { contentType: 'image/png' });
    expect(await readFile(join(root, 'jobs/a/result.png'), 'utf8')).toBe('pixels');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('has no empty folders left when objects are deleted', async () => {
    const store = await openFilesystemStore(root);
    await store.put('jobs/a/b/original', Buffer.from('x'), { contentType: 'image/png' });
    await store.put('jobs/c/original', Buffer.from('x'), { contentType: 'image/png' });
    await store.deletePrefix('jobs/a/');
    expect(await readdir(join(root, 'jobs'))).toEqual(['c']);
    expect(await readdir(join(root, '.packshot/types/jobs'))).toEqual(['c']);
  });

  test('is swept of what a killed writer left, not of what others are writing', async () => {
    const store = await openFilesystemStore(root);
    const gone = await startProcess('true');
    await gone.exited;
    const host = encodeURIComponent(hostname());
    const leave = (name: string) => writeFile(join(temporary, name), 'half');
    const earlierLife = `${host}~${process.pid}~earlier`;
    const ofDeadProcess = `${host}~${gone.pid}~dead`;
    const ofOtherHost = 'elsewhere~1~writing';
    const ofLostHost = 'elsewhere~1~lost';
    const ofLivingProcess = `${host}~${process.ppid}~writing`;
    for (const name of [earlierLife, ofDeadProcess, ofOtherHost, ofLostHost, ofLivingProcess]) await leave(name);
    const longAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(temporary, ofLostHost), longAgo, longAgo);

    const body = new PassThrough();
    body.write('first');
    const put = store.put('slow', body, { contentType: 'text/plain' });
    await eventually(async () => expect(await readdir(temporary)).toHaveLength(6));
    const second = await openFilesystemStore(root);
    const left = await readdir(temporary);
    expect(left).toEqual(expect.arrayContaining([ofOtherHost, ofLivingProcess]));
    expect(left).toHaveLength(3);

    body.end(' and last');
    expect((await put).bytes).toBe(14);
    expect((await second.head('slow'))?.bytes).toBe(14);
  });

  test('shows the old object or the new one, whole, whenever its writer is killed', async () => {
    // Overwrites one key for ever with 3 MB of one digit after the other, saying how far it has come.
    const writer = `
      const { openFilesystemStore } = require(process.argv[1]);
      openFilesystemStore(process.argv[2]).then(async (store) => {
        for (let n = 0; ; n = (n + 1) % 10) {
          await store.put('contended', Buffer.alloc(3_000_000, String(n)), { contentType: 'text/' + n });
          console.log('wrote', n);
        }
      });`;
    const built = join(__dirname, '../dist/filesystem.js');
    for (let after = 0; after < 6; after += 1) {
      const child = await startProcess(process.execPath, { args: ['-e', writer, built, root] });
      await child.waitForLine(new RegExp(`wrote ${after}`));
      await child.kill9();
    }
    const store = await openFilesystemStore(root);
    const kept = await buffer((await store.get('contended')).body);
    expect(kept.length).toBe(3_000_000);
    expect(new Set(kept).size).toBe(1);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('that cannot be made is a storage_error', async () => {
    await mkdir(root);
    await writeFile(join(root, 'file'), 'x');
    await expect(openFilesystemStore(join(root, 'file'))).rejects.toMatchObject({ code: 'storage_error' });
  });

  test('that vanishes while in use fails the check', async () => {
    const store = await openFilesystemStore(root);
    await rm(root, { recursive: true });
    await expect(store.check()).rejects.toMatchObject({ code: 'storage_error' });
    await expect(store.put('a', Buffer.from('x'), { contentType: 'a/b' })).rejects.toMatchObject({
      code: 'storage_error',
    });
  });

  test('lists and serves no symbolic link as an object of its own making', async () => {
    const store = await openFilesystemStore(root);
    await store.put('jobs/a', Buffer.from('x'), { contentType: 'a/b' });
    await symlink('/etc', join(root, 'jobs/etc'));
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['jobs/a']);
  });
});
