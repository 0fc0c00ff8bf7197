import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, poll } from './poll';
import { startNode, startProcess } from './process';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

const script = async (text: string) => {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.js`);
  await writeFile(path, text);
  return path;
};

describe('a started process', () => {
  test('is waited for by a line it prints', async () => {
    const child = await startNode(
      await script(`console.log('port ' + process.env.PORT); setInterval(() => {}, 1000)`),
      {
        env: { PORT: '4711' },
      },
    );
    expect(await child.waitForLine(/^port \d+$/)).toBe('port 4711');
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('that ends without the line fails the wait and shows its output', async () => {
    const child = await startNode(await script(`console.error('cannot bind'); process.exit(3)`));
    await expect(child.waitForLine(/ready/)).rejects.toThrow(/ended \(3\)[\s\S]*cannot bind/);
    expect(await child.exited).toEqual({ code: 3, signal: null });
  });

  test('is gone after kill9, even when it ignores SIGTERM', async () => {
    const child = await startNode(
      await script(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`),
    );
    await child.waitForLine(/up/);
    await child.kill9();
    expect(() => process.kill(child.pid, 0)).toThrow(/ESRCH/);
  });

  test('dies with the process that started it, even when that is killed', async () => {
    const grandchild = await script(`console.log('grandchild'); setInterval(() => {}, 1000)`);
    const built = join(__dirname, '../dist/process.js');
    const parent = await startNode(
      await script(`
        require(${JSON.stringify(built)}).startNode(${JSON.stringify(grandchild)}).then(async (child) => {
          await child.waitForLine(/grandchild/);
          console.log('pid ' + child.pid);
        });`),
    );
    const pid = Number((await parent.waitForLine(/^pid \d+/)).slice(4));
    await parent.kill9();
    // Where nothing reaps orphans it stays as a zombie.
    const state = () =>
      readFile(`/proc/${pid}/stat`, 'utf8').then(
        (stat) => stat.split(') ')[1]?.[0],
        () => 'gone',
      );
    await eventually(async () => expect(['gone', 'Z']).toContain(await state()));
  });

  test('that does not exist is refused', async () => {
    await expect(startProcess('/no/such/program')).rejects.toThrow(/ENOENT/);
  });
});

describe('waiting', () => {
  test('gives the first value that is there', async () => {
    let calls = 0;
    expect(await poll(() => ++calls >= 3 && calls, { intervalMs: 1 })).toBe(3);
  });

  test('ends at its deadline and says what for', async () => {
    await expect(poll(() => undefined, { timeoutMs: 20, what: 'the moon' })).rejects.toThrow(/the moon/);
  });

  test('throws the last failed assertion', async () => {
    let calls = 0;
    const failing = eventually(() => expect(++calls).toBe(-1), { timeoutMs: 50, intervalMs: 1 });
    const error = await failing.catch((reason: unknown) => String(reason));
    expect(error).toMatch(new RegExp(`Received.*${calls}`));
  });
});
