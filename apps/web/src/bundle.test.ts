import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Of the build: `npm run build` comes before the tests. */
const dist = join(__dirname, '../dist');
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const loadedAtOnce = [...page.matchAll(/"\.\/([^"]+\.js)"/g)].map(([, name = '']) => name);
const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'));

test('the page opens with less than 250 kB of compressed script', () => {
  expect(loadedAtOnce).not.toEqual([]);
  const bytes = loadedAtOnce.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name))).length, 0);
  expect(bytes).toBeLessThan(250_000);
});

test('the editor is loaded when it is opened and not before', () => {
  const isEditor = (name: string) => readFileSync(join(dist, name), 'utf8').includes('-cut-out.png');
  const editors = scripts.filter(isEditor);
  expect(editors).toHaveLength(1);
  expect(loadedAtOnce.filter(isEditor)).toEqual([]);
});
