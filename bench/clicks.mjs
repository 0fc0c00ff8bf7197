/**
 * How long a click in the studio takes, from the mouse button to the cut-out on the screen: a real browser against the whole product.
 *
 *     node bench/clicks.mjs [clicks]        after `npm run build`; 12 clicks on each of two sample photos by default
 *
 * The first photo meets a fresh server, whose code is cold, the second one that has worked. Clicks come faster here than the editor
 * settles the matte; that is timed last, by the download. Takes an installed Chromium, or unpacks Debian's below `.packshot/`.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '../..');
const { startPackshot } = require('../packages/testing');

const CLICKS = Number(process.argv[2] ?? 12);
const PHOTOS = ['t-shirts_man_t-shirt_01.jpg', 'caps_cap_01.jpg'];
/** From one answer to the next click, and from the photo to the first: what users take at least. */
const PAUSE_MS = 300;
const FIRST_LOOK_MS = 1500;

/** In the page: when the button went up, when what it asked for was answered, and when that was painted. */
function watch() {
  const clicks = [];
  Object.assign(globalThis, { clicks });
  addEventListener('pointerup', () => clicks.push({ from: performance.now() }), true);
  new MutationObserver((changes) => {
    const marked = changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.querySelector?.('circle')));
    const click = clicks.at(-1);
    if (!marked || click === undefined) return;
    const [asked] = performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.includes('/process'))
      .slice(-1);
    Object.assign(click, { asked: asked.startTime, answered: asked.responseEnd });
    // Drawn by the first frame, shown when the second begins.
    requestAnimationFrame(() => requestAnimationFrame((shown) => Object.assign(click, { shown })));
  }).observe(document, { childList: true, subtree: true });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = Math.round;

const { stdout } = await promisify(execFile)('bash', [
  join(root, 'infra/e2e/chromium/install.sh'),
  join(root, '.packshot/chromium'),
]);
const packshot = await startPackshot({ env: { THREADS: String(availableParallelism()) } });
const browser = await chromium.launch({
  executablePath: stdout.trim().split('\n').at(-1),
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

/** The clicks on one photo, as the page and the worker saw them. */
async function clickOn(photo) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(watch);
  const worked = [];
  page.on('response', async (response) => {
    if (!/\/items$/.test(new URL(response.url()).pathname)) return;
    // The page may be closed while one is read.
    const answer = await response.json().catch(() => null);
    if (answer !== null) worked.push(answer.items[0].timings_ms);
  });
  await page.goto(`${packshot.url}/studio#/cut-out`);
  await page
    .getByLabel('Choose a photo')
    .last()
    .setInputFiles(join(root, 'infra/embedded/samples', photo));
  const easel = page.getByRole('application');
  const box = await easel.boundingBox();
  await page.waitForTimeout(FIRST_LOOK_MS);
  for (let i = 0; i < CLICKS; i++) {
    await easel.click({ position: { x: box.width * (0.45 + 0.01 * i), y: box.height * (0.4 + 0.01 * i) } });
    await easel.locator('circle').nth(i).waitFor();
    await page.waitForTimeout(PAUSE_MS);
  }
  const clicks = await page.evaluate(() => globalThis.clicks);
  // Before the first click the page has the model look at the photo.
  const work = worked.slice(-CLICKS);
  const from = performance.now();
  await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download PNG' }).click()]);
  const settled = performance.now() - from;
  await page.close();
  const times = clicks.map(({ from, shown }) => shown - from);
  console.log(`${photo}, click after click, ms: ${times.map(ms).join(' ')}`);
  console.log(
    `first ${ms(times[0])} ms, second ${ms(times[1])} ms, those after it ${ms(median(times.slice(2)))} ms (median)`,
  );
  console.log(`download, of the matte of the whole photo: ${ms(settled)} ms`);
  return clicks.map((click, i) => ({ ...click, ...work[i] })).slice(2);
}

try {
  let clicks = [];
  for (const photo of PHOTOS) clicks = await clickOn(photo);
  const middle = (pick) => ms(median(clicks.map(pick)));
  const inWorker = ({ download, decode, infer, encode, upload }) => download + decode + infer + encode + upload;
  console.table({
    'page: click to request': middle(({ from, asked }) => asked - from),
    'API, queue and the way': middle((click) => click.answered - click.asked - inWorker(click)),
    'worker: photo and embedding': middle(({ download }) => download),
    'worker: decode': middle(({ decode }) => decode),
    'worker: model and matte': middle(({ infer }) => infer),
    'worker: encode': middle(({ encode }) => encode),
    'worker: store': middle(({ upload }) => upload),
    'page: answer to screen': middle(({ answered, shown }) => shown - answered),
  });
  console.log(`${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`);
} finally {
  await browser.close();
  await packshot.stop();
}
