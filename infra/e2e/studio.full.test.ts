import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { decodeRaw, poll, repositoryRoot, startPackshot, type TestPackshot } from '@packshot/testing';
import type { Browser, BrowserContext, Download, Locator, Page } from 'playwright-core';
import { openBrowser } from './studio/browser';

/** The studio as people use it: a real browser against the whole product. `UPDATE_DOCS=1` also takes the pictures of docs/15-studio.md. */
const ROOT = repositoryRoot();
const SAMPLES = ['jeans_man_jeans_01.jpg', 't-shirts_man_t-shirt_01.jpg', 'caps_cap_01.jpg'];
const samplePaths = SAMPLES.map((name) => join(ROOT, 'infra/embedded/samples', name));
const AXE = readFileSync(join(dirname(require.resolve('axe-core')), 'axe.min.js'), 'utf8');
const PATIENCE_MS = 300_000;

const models = mkdtempSync(join(tmpdir(), 'packshot-studio-'));
let packshot: TestPackshot;
let browser: Browser;
beforeAll(async () => {
  // Beside the models of the repository small prompted ones, in place of SAM's, which take minutes on a processor.
  for (const folder of ['models/registry', 'models/compact', 'packages/pipeline/fixtures/prompt']) {
    cpSync(join(ROOT, folder), join(models, folder.startsWith('models/') ? basename(folder) : ''), { recursive: true });
  }
  const env = { MODELS_DIR: models, THREADS: '2' };
  // With a bucket on another host: of that the page's policy lets nothing in.
  [packshot, browser] = await Promise.all([startPackshot({ s3: true, env }), openBrowser()]);
}, PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await packshot?.stop();
  rmSync(models, { recursive: true, force: true });
}, 60_000);

/** What the page complained about: scripts that failed, styles and addresses that its policy refused. */
const complaints: string[] = [];
let context: BrowserContext;
let page: Page;
beforeEach(async () => {
  complaints.length = 0;
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
});
afterEach(async () => {
  await page.screenshot({ path: '/tmp/studio-last.png' });
  await context.close();
  expect(complaints).toEqual([]);
});

async function downloaded(action: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download') as Promise<Download>, action()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Faults that keep people out; axe calls them serious or critical. */
async function seriousFaults(): Promise<string[]> {
  // A colour on its way to another is neither.
  await page.evaluate(`Promise.allSettled(
    document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished),
  )`);
  // Not as a script of the page: its policy lets none in.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}
interface Axe {
  run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
}

async function picture(name: string): Promise<void> {
  if (process.env.UPDATE_DOCS !== '1') return;
  await page.evaluate('scrollTo(0, 0)');
  const folder = join(ROOT, 'docs/studio');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.jpg`), type: 'jpeg', quality: 80 });
}

const SIZES = [
  { name: 'wide', width: 1280, height: 900 },
  { name: 'narrow', width: 360, height: 760 },
];

/** At 1280 and 360 pixels, dark and light: no serious fault, nothing wider than the screen. */
async function judge(what: string, pictured = true): Promise<void> {
  for (const { name, width, height } of SIZES) {
    await page.setViewportSize({ width, height });
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor();
      expect([what, name, scheme, await seriousFaults()]).toEqual([what, name, scheme, []]);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect([what, name, overflow <= 0]).toEqual([what, name, true]);
      if (pictured) await picture(`${what}-${name}-${scheme}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Of the first such element. What runs in the page is written as text: tests know no DOM. */
function styleOf(selector: string, name: string): Promise<string> {
  return page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${name}`);
}

/** Switches an operation on in the form. */
async function switchOn(stage: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${stage}`) }).click();
  await page
    .getByRole('radiogroup', { name: `${stage}: off or on` })
    .getByText('On', { exact: true })
    .click();
  await page.getByRole('button', { name: new RegExp(`^${stage}`) }).click();
}

test(
  'three photos go through four stages, are compared with what they were, and downloaded',
  async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(packshot.url);
    await page.waitForURL(/\/studio$/);
    await page.getByLabel('Choose photos').last().setInputFiles(samplePaths);
    await page.getByText('3 photos, ').waitFor();
    await page.getByRole('button', { name: 'Set each stage' }).click();
    for (const stage of ['Denoise', 'Shadows', 'Cut out', 'Enlarge']) await switchOn(stage);
    await judge('new');
    await page.getByRole('button', { name: 'Process 3 photos' }).click();

    await page.getByText('3 of 3 finished').waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('img', { name: 'After' }).waitFor();
    for (const stage of ['denoise', 'shadow', 'background', 'upscale']) {
      await page.getByRole('cell', { name: stage, exact: true }).waitFor();
    }
    // Followed by one stream, from the first look to the last.
    expect(asked.filter((one) => /^GET \/jobs\/[^/]+\/events$/.test(one))).toHaveLength(1);
    expect(asked.filter((one) => /^GET \/jobs\/[^/]+$/.test(one)).length).toBeLessThanOrEqual(2);

    // The pictures between the stages, each over the one before it.
    const shown = page.getByRole('radiogroup', { name: 'What is shown' });
    for (const [index, name] of ['Denoised', 'Shadows out', 'Cut out'].entries()) {
      await shown.getByText(`${index + 1} ${name}`).click();
      await page.getByRole('img', { name: `${index + 1} ${name}` }).waitFor();
      await page.getByRole('img', { name: index === 0 ? 'Before' : `${index} ` }).waitFor();
    }
    await judge('stage');
    await shown.getByText('Mask').click();
    await page.getByRole('img', { name: 'After' }).waitFor();
    await shown.getByText('Result').click();

    const slider = page.getByRole('slider', { name: 'Before and after' });
    await slider.focus();
    const line = await styleOf('.compare .layer', 'clipPath');
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
    expect(await styleOf('.compare .layer', 'clipPath')).not.toBe(line);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    expect(await styleOf('.compare .moved', 'transform')).toContain('1.4');
    await page.getByRole('button', { name: 'Whole picture' }).click();
    await judge('job');

    const one = await downloaded(() => page.getByRole('button', { name: 'Download', exact: true }).click());
    const result = await decodeRaw(one.bytes);
    expect(result.channels).toBe(4);
    // After the tab has forgotten it, the photo comes from the server.
    await page.reload();
    await page.getByRole('img', { name: 'Before' }).waitFor();
    const all = await downloaded(() => page.getByRole('button', { name: 'Download all (ZIP)' }).click());
    expect(all.name).toMatch(/\.zip$/);
    expect(all.bytes.subarray(0, 2).toString()).toBe('PK');
  },
  PATIENCE_MS * 2,
);

/** The editor with a photo; gives what is clicked on. */
async function openEditor(): Promise<Locator> {
  await page.addInitScript(recordPipelines);
  await page.goto(`${packshot.url}/studio#/cut-out`);
  await page
    .getByLabel('Choose a photo')
    .last()
    .setInputFiles(samplePaths[2] ?? '');
  const easel = page.getByRole('application');
  await easel.waitFor();
  return easel;
}

/** Clicks are asked on a copy of this size, at most. */
const SMALL_SIDE = 512;

/** How the page has asked for mattes: `none` is the edge of a click's quick answer. Not what it asks of all of a photo beforehand. */
async function askedMattes(): Promise<{ matting?: string; prompt?: Prompt }[]> {
  const pipelines = await page.evaluate(() => (globalThis as unknown as Recorded).pipelines);
  const asked = pipelines.map((pipeline) => JSON.parse(pipeline).background as { matting?: string; prompt?: Prompt });
  return asked.filter(({ prompt }) => prompt?.boxes[0]?.[0] !== 0);
}
interface Prompt {
  points: [number, number, number][];
  boxes: number[][];
  mask?: string;
}

/** The prompts of the clicks, in pixels of the copy. */
async function askedPrompts(): Promise<Prompt[]> {
  const asked = (await askedMattes()).filter(({ matting }) => matting === 'none');
  return asked.flatMap(({ prompt }) => prompt ?? []);
}

/** Where the easel shows the product, 1 or 0, on a grid of 60 by 80; what is cut away shows faintly. */
function shownProduct(): Promise<number[]> {
  return page.evaluate<number[]>(`{
    const small = Object.assign(document.createElement('canvas'), { width: 60, height: 80 }).getContext('2d');
    small.drawImage(document.querySelector('.easel canvas'), 0, 0, 60, 80);
    small.getImageData(0, 0, 60, 80).data.filter((_, i) => i % 4 === 3).reduce((all, alpha) => [...all, alpha > 166 ? 1 : 0], []);
  }`);
}

async function countJobs(): Promise<number> {
  const answer = await fetch(`${packshot.url}/jobs?limit=100`);
  return ((await answer.json()) as { jobs: unknown[] }).jobs.length;
}

test(
  'clicks cut a product out, each on top of the one before, a brush corrects it, and the result is a PNG of the photo’s size',
  async () => {
    const easel = await openEditor();
    const model = page.getByRole('combobox', { name: 'Model for clicks' });
    await model.click();
    await page.getByRole('option', { name: 'prompt-corners' }).click();
    const box = await easel.boundingBox();
    if (!box) throw new Error('no picture');
    const at = (x: number, y: number) => ({ position: { x: box.width * x, y: box.height * y } });

    await easel.click(at(0.5, 0.5));
    await page.getByText('Nothing is cut out yet.').waitFor({ state: 'detached' });
    await easel.locator('circle').first().waitFor();
    await page.getByRole('radiogroup', { name: 'Tool' }).getByText('Leave out').click();
    await easel.click(at(0.1, 0.1));
    await easel.locator('circle').nth(1).waitFor();
    const asked = await askedPrompts();
    expect(asked).toHaveLength(2);
    const [first, second] = asked;
    expect(first).toMatchObject({ points: [[expect.any(Number), expect.any(Number), 1]] });
    expect(first).not.toHaveProperty('mask');
    expect(second?.points).toHaveLength(2);
    expect(second?.mask).toMatch(/^[A-Za-z0-9+/]+=*$/);

    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await easel.locator('circle').count()).toBe(1);
    await page.getByRole('button', { name: 'Redo' }).click();
    expect(await easel.locator('circle').count()).toBe(2);

    const save = () => downloaded(() => page.getByRole('button', { name: 'Download PNG' }).click());
    const before = await decodeRaw((await save()).bytes);
    await page.getByRole('radiogroup', { name: 'Tool' }).getByText('Erase').click();
    await drag(box, [0.2, 0.5], [0.8, 0.5]);
    const erased = await decodeRaw((await save()).bytes);
    await page.getByRole('radiogroup', { name: 'Tool' }).getByText('Paint').click();
    await drag(box, [0.5, 0.2], [0.5, 0.9]);
    const after = await save();
    expect(after.name).toBe('caps_cap_01-cut-out.png');
    const added = await decodeRaw(after.bytes);
    const photo = await decodeRaw(readFileSync(samplePaths[2] ?? ''));
    expect([added.width, added.height, added.channels]).toEqual([photo.width, photo.height, 4]);
    const alpha = (image: typeof added, x: number, y: number) =>
      image.data[4 * (Math.round(y * image.height) * image.width + Math.round(x * image.width)) + 3];
    expect(alpha(erased, 0.3, 0.5)).toBe(0);
    expect(alpha(added, 0.5, 0.3)).toBe(255);
    expect([alpha(before, 0.3, 0.5), alpha(before, 0.5, 0.3)]).not.toEqual([0, 255]);
    const colour = (image: typeof added) => {
      const at = image.channels * (Math.round(0.3 * image.height) * image.width + Math.round(0.5 * image.width));
      return [...image.data.subarray(at, at + 3)];
    };
    expect(colour(added)).toEqual(colour(photo));

    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('button', { name: 'Cut out automatically' }).click();
    await page.getByText('Looking…').waitFor();
    await page.getByText('Looking…').waitFor({ state: 'detached' });
    const automatic = await decodeRaw((await save()).bytes);
    expect(alpha(automatic, 0.5, 0.4)).toBeGreaterThan(200);
    expect(alpha(automatic, 0.02, 0.02)).toBeLessThan(50);
    await judge('editor');
  },
  PATIENCE_MS,
);

test(
  'a click shows at once what is then found in the whole photo, and leaves nothing on the server',
  async () => {
    const jobs = await countJobs();
    const easel = await openEditor();
    const box = await easel.boundingBox();
    if (!box) throw new Error('no picture');
    await easel.click({ position: { x: box.width * 0.5, y: box.height * 0.4 } });
    await easel.locator('circle').first().waitFor();
    const shown = await shownProduct();
    const { bytes } = await downloaded(() => page.getByRole('button', { name: 'Download PNG' }).click());
    const result = await decodeRaw(bytes);
    const photo = await decodeRaw(readFileSync(samplePaths[2] ?? ''));
    expect([result.width, result.height]).toEqual([photo.width, photo.height]);
    expect(overlap(shown, await shownProduct())).toBeGreaterThan(0.85);
    expect(shown.reduce((sum, one) => sum + one, 0) / shown.length).toBeGreaterThan(0.02);
    // Quickly about the copy, then once about the photo, whose edges are looked for.
    const [quick, whole, ...more] = await askedMattes();
    expect(quick).toMatchObject({ matting: 'none' });
    expect(whole).not.toHaveProperty('matting');
    expect(more).toEqual([]);
    const scale = SMALL_SIDE / Math.max(photo.width, photo.height);
    for (const axis of [0, 1]) {
      expect(quick?.prompt?.points[0]?.[axis]).toBeCloseTo(scale * (whole?.prompt?.points[0]?.[axis] ?? 0), 3);
    }
    await poll(async () => (await countJobs()) === jobs, { what: 'the jobs of the clicks to go' });
  },
  PATIENCE_MS,
);

test(
  'a click that fails says why, changes nothing, and can be made again',
  async () => {
    const easel = await openEditor();
    await page.route('**/process*', (route) => route.abort());
    await easel.click();
    await page.getByRole('alert').getByText('unreachable').waitFor();
    expect(await easel.locator('circle').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Undo' }).isEnabled()).toBe(false);
    await page.unroute('**/process*');
    // The requests that found no way out are what the browser complains of.
    expect(complaints.every((one) => one.includes('ERR_FAILED'))).toBe(true);
    complaints.length = 0;
    await easel.click();
    await easel.locator('circle').first().waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  },
  PATIENCE_MS,
);

test('photos come in by being dropped and pasted as well', async () => {
  await page.goto(`${packshot.url}/studio`);
  const give = (event: string) =>
    page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'a.png', { type: 'image/png' }));
      data.items.add(new File(['x'], 'notes.txt', { type: 'text/plain' }));
      ${event};
    }`);
  await give(
    `document.querySelector('.drop-area').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }))`,
  );
  await page.getByRole('button', { name: 'Process 1 photo' }).waitFor();
  await give(`document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }))`);
  await page.getByRole('button', { name: 'Process 2 photos' }).waitFor();
});

test(
  'the editor is worked by keys alone: points, boxes, undo',
  async () => {
    const easel = await openEditor();
    await page.getByRole('radiogroup', { name: 'Tool' }).getByRole('radio', { name: 'Box' }).focus();
    await page.keyboard.press('Space');
    await easel.focus();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('Shift+ArrowLeft', 'Shift+ArrowUp', 'Enter');
    await press('Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Enter');
    await easel.locator('rect:not([stroke-dasharray])').waitFor();
    const [asked] = await askedPrompts();
    const { width, height } = await decodeRaw(readFileSync(samplePaths[2] ?? ''));
    const scale = SMALL_SIDE / Math.max(width, height);
    const shares = asked?.boxes[0]?.map((at, index) => at / scale / (index % 2 === 0 ? width : height)) ?? [];
    for (const [index, share] of [0.4, 0.4, 0.6, 0.6].entries()) expect(shares[index]).toBeCloseTo(share, 2);
    await press('Control+z');
    await easel.locator('rect').waitFor({ state: 'detached' });
  },
  PATIENCE_MS,
);

test(
  'two fingers zoom the editor and what is compared, and neither draw nor click',
  async () => {
    await context.close();
    context = await browser.newContext({ viewport: { width: 360, height: 760 }, hasTouch: true, isMobile: true });
    page = await context.newPage();
    const easel = await openEditor();
    const before = await easel.boundingBox();
    if (!before) throw new Error('no picture');
    const between = [before.x + before.width * 0.6, before.y + before.height * 0.3] as [number, number];
    await pinch(between, 40, 120);
    await poll(async () => ((await easel.boundingBox())?.width ?? 0) > 2.9 * before.width, { what: 'it to be larger' });
    // What was between the fingers still is.
    const after = await easel.boundingBox();
    if (!after) throw new Error('no picture');
    expect((between[0] - after.x) / after.width).toBeCloseTo(0.6, 2);
    expect((between[1] - after.y) / after.height).toBeCloseTo(0.3, 2);
    expect(await askedPrompts()).toEqual([]);

    await page.goto(`${packshot.url}/studio`);
    await page.getByRole('button', { name: /3 photos.*Done/ }).click();
    const compare = page.getByRole('application');
    await page.getByRole('img', { name: 'After' }).waitFor();
    await compare.scrollIntoViewIfNeeded();
    const frame = await compare.boundingBox();
    if (!frame) throw new Error('nothing to compare');
    await pinch([frame.x + frame.width / 4, frame.y + frame.height / 2], 40, 80);
    expect(await styleOf('.compare .moved', 'transform')).toMatch(/^matrix\(2, 0, 0, 2, /);
  },
  PATIENCE_MS,
);

test(
  'a photo that cannot be read says why; its job is tried again, found by its status, and deleted',
  async () => {
    const whole = readFileSync(samplePaths[1] ?? '');
    const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: whole.subarray(0, whole.length / 2) };
    await page.goto(`${packshot.url}/studio`);
    await page.getByLabel('Choose photos').last().setInputFiles(broken);
    await page.getByRole('combobox', { name: 'What to do with them' }).click();
    await page.getByRole('option', { name: 'cutout' }).click();
    await page.getByRole('button', { name: 'Process 1 photo' }).click();
    await page.getByRole('alert').getByText('corrupt_image').waitFor();
    await judge('failed', false);
    await page.getByRole('button', { name: 'Try the rest again' }).click();
    await page.getByRole('button', { name: 'Cancel' }).or(page.getByText('1 failed')).first().waitFor();
    await page.getByRole('alert').getByText('corrupt_image').waitFor();

    const jobs = page.getByRole('complementary', { name: 'Jobs' });
    const filter = async (status: string) => {
      await jobs.getByRole('combobox', { name: 'Show' }).click();
      await page.getByRole('option', { name: status, exact: true }).click();
    };
    await filter('Canceled');
    await jobs.getByText('Nothing here yet').waitFor();
    await filter('Failed');
    await jobs.getByRole('button', { name: /1 photo.*Failed/ }).waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Yes, delete' }).click();
    await page.getByRole('heading', { name: 'New photos' }).waitFor();
    await jobs.getByText('Nothing here yet').waitFor();
  },
  PATIENCE_MS,
);

test(
  'a server with keys is asked with the key that the user gives, which is gone with the tab',
  async () => {
    const closed = await startPackshot({ env: { API_KEYS: 'shop=a-key-that-is-long-enough-for-a-test' } });
    try {
      await page.goto(`${closed.url}/studio`);
      const field = page.getByLabel('API key');
      await field.fill('another-key');
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByText('The server does not accept this key.').waitFor();
      await judge('key', false);
      await field.fill('a-key-that-is-long-enough-for-a-test');
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByText('Nothing here yet').waitFor();
      await page.reload();
      await page.getByText('Nothing here yet').waitFor();
      const other = await context.newPage();
      await other.goto(`${closed.url}/studio`);
      await other.getByLabel('API key').waitFor();
      // The refusals are what the browser complains of.
      expect(complaints.every((one) => one.includes('401'))).toBe(true);
      complaints.length = 0;
    } finally {
      await closed.stop();
    }
  },
  PATIENCE_MS,
);

/** What two grids of 1 and 0 have in common, as a share of what either has. */
function overlap(one: readonly number[], other: readonly number[]): number {
  const both = one.filter((value, i) => value === 1 && other[i] === 1).length;
  return both / one.filter((value, i) => value === 1 || other[i] === 1).length;
}

/** Two fingers beside each other about `middle`, from one distance to another. */
async function pinch([x, y]: [number, number], from: number, to: number): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number | null) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: apart === null ? [] : [-1, 1].map((side, id) => ({ id, x: x + (side * apart) / 2, y })),
    });
  await touch('touchStart', from);
  for (let step = 1; step <= 8; step++) await touch('touchMove', from + ((to - from) * step) / 8);
  await touch('touchEnd', null);
}

async function drag(box: { x: number; y: number; width: number; height: number }, from: number[], to: number[]) {
  const place = ([x = 0, y = 0]: number[]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...place(from));
  await page.mouse.down();
  await page.mouse.move(...place(to), { steps: 8 });
  await page.mouse.up();
}

interface Recorded {
  pipelines: string[];
}

/** In the page: Playwright does not tell what a form with files holds. */
function recordPipelines() {
  const pipelines: string[] = [];
  Object.assign(globalThis, { pipelines });
  const send = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    if (init?.body instanceof FormData) pipelines.push(String(init.body.get('pipeline')));
    return send(input, init);
  };
}
