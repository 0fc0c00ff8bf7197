import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSpool } from './spool';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'packshot-spool-test-'));
});
afterEach(() => rm(parent, { recursive: true }));

describe('the spool', () => {
  test('is readable by nobody else, and gone when closed', async () => {
    const spool = await openSpool(parent);
    expect((await stat(spool.path)).mode & 0o777).toBe(0o700);
    await writeFile(join(await spool.folder(), 'input'), 'x');
    await spool.close();
    expect(await readdir(parent)).toEqual([]);
  });

  test('gives every attempt a folder of its own', async () => {
    const spool = await openSpool(parent);
    expect(await spool.folder()).not.toBe(await spool.folder());
    await spool.close();
  });

  test('clears away what dead workers of this host left, and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const host = hostname().replace(/[^A-Za-z0-9.]/g, '.');
    const names = [
      `packshot-spool-${host}-${dead}-aaaaaa`,
      `packshot-spool-${host}-1-aaaaaa`,
      'packshot-spool-other-1-a',
    ];
    for (const name of names) await mkdir(join(parent, name, 'item-1'), { recursive: true });
    const spool = await openSpool(parent);
    await spool.close();
    expect((await readdir(parent)).sort()).toEqual(names.slice(1).sort());
  });
});
