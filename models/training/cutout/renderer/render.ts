/**
 * Renders labelled product shots with headless Chromium and three.js into a shard folder.
 *
 *   npm run render -- --assets DIR --backgrounds DIR --out SHARDS --count 2000 --seed 100000
 *
 * Started again with the same folder it goes on after the last sample. `--split val` renders only the
 * models that the training split never shows.
 */
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { openShard } from './shard-writer.js';
import { isKind, KINDS, type Kind } from './studio/kinds.js';
import type { Split } from './studio/shelf.js';
import type {} from './studio/studio.js';
import { startStudioServer } from './studio-server.js';

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Software rendering, the same on every machine.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
];
const BATCH = 25;

interface Options {
  assets: string;
  backgrounds: string;
  out: string;
  count: string;
  side: string;
  seed: string;
  split: Split;
  kind: Kind | '';
  chromium: string;
  'max-minutes': string;
}

function readArguments(): Options {
  const { values } = parseArgs({
    options: {
      assets: { type: 'string' },
      backgrounds: { type: 'string' },
      out: { type: 'string' },
      count: { type: 'string', default: '20' },
      side: { type: 'string', default: '384' },
      seed: { type: 'string', default: '1' },
      split: { type: 'string', default: 'train' },
      kind: { type: 'string', default: '' },
      chromium: { type: 'string', default: '/usr/bin/chromium' },
      'max-minutes': { type: 'string', default: '600' },
    },
  });
  const { assets, backgrounds, out, split, kind } = values;
  if (!assets || !backgrounds || !out) throw new Error('--assets, --backgrounds and --out are required');
  if (split !== 'train' && split !== 'val') throw new Error('--split is train or val');
  if (kind !== '' && !isKind(kind)) throw new Error(`--kind is one of ${Object.keys(KINDS).join(', ')}`);
  return { ...values, assets, backgrounds, out, split, kind };
}

const options = readArguments();
const side = Number(options.side);
const wanted = Number(options.count);
const started = Date.now();
const minutes = () => (Date.now() - started) / 60000;

const shard = openShard(options.out, side);
const server = await startStudioServer({ ...options, onSample: shard.append });
const browser = await chromium.launch({ executablePath: options.chromium, headless: true, args: BROWSER_FLAGS });
try {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  page.setDefaultTimeout(0); // a busy machine may take minutes to load everything
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) console.log(`[page] ${message.text().slice(0, 300)}`);
  });
  page.on('pageerror', (error) => console.log(`[page] ${error.message}`));
  await page.goto(`${server.url}/page.html`);
  await page.waitForFunction(() => window.studio);
  const { split, kind } = options;
  console.log(await page.evaluate((what) => window.studio.open(what), { side, split, kind }));
  let seed = shard.nextSeed(Number(options.seed));
  while (shard.count() < wanted && minutes() < Number(options['max-minutes'])) {
    const count = Math.min(BATCH, wanted - shard.count());
    await page.evaluate(([first, n]) => window.studio.renderBatch(first, n), [seed, count]);
    seed += count;
    console.log(`${shard.count()}/${wanted} samples, ${minutes().toFixed(1)} min`);
  }
} finally {
  await browser.close();
  server.close();
  shard.close();
}
