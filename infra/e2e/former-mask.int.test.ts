import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll, repositoryRoot, startPackshot, type TestPackshot } from '@packshot/testing';

/** Two clicks on one photo, as a client makes them: the answer of the first goes into the prompt of the second. */
const FIXTURES = join(repositoryRoot(), 'packages/pipeline/fixtures/prompt');
const PHOTO = readFileSync(join(FIXTURES, 'photo.png'));
const PATIENCE_MS = 120_000;

let packshot: TestPackshot;
beforeAll(async () => {
  packshot = await startPackshot({ env: { MODELS_DIR: FIXTURES } });
}, PATIENCE_MS);
afterAll(() => packshot?.stop());

interface Item {
  status: string;
  error: { code: string } | null;
  also: { mask?: { sha256: string }; prompt_mask?: { url: string; content_type: string } };
}

const json = async <T>(url: string) => (await (await fetch(url)).json()) as T;

async function click(prompt: { points: number[][]; mask?: string }, model: string): Promise<Item> {
  const background = { model, prompt, matting: 'none', decontaminate: false };
  const response = await fetch(`${packshot.url}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ base64: PHOTO.toString('base64') }], pipeline: { background } }),
  });
  expect(response.status).toBe(202);
  const { links } = (await response.json()) as { links: { self: string; items: string } };
  const ended = async () => (await json<{ completed_at: string | null }>(`${links.self}?wait=30`)).completed_at;
  await poll(ended, { timeoutMs: PATIENCE_MS, what: 'the end of the click' });
  const [item] = (await json<{ items: Item[] }>(links.items)).items;
  return item as Item;
}

const points = [[31, 41, 1]];

test(
  'the mask of a click is had by its link and given to the next click, whose answer it changes',
  async () => {
    const first = await click({ points }, 'prompt-corners');
    expect(first).toMatchObject({ error: null, also: { prompt_mask: { content_type: 'text/plain' } } });
    const response = await fetch(first.also.prompt_mask?.url ?? '');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const mask = await response.text();
    const second = await click({ points, mask }, 'prompt-corners');
    expect(second.status).toBe('succeeded');
    expect(second.also.mask?.sha256).not.toBe(first.also.mask?.sha256);
    const again = await click({ points }, 'prompt-corners');
    expect(again.also.mask?.sha256).toBe(first.also.mask?.sha256);
  },
  PATIENCE_MS,
);

test(
  'a model that takes no former mask offers none',
  async () => {
    const item = await click({ points }, 'prompt-boxes');
    expect(item.status).toBe('succeeded');
    expect(item.also).not.toHaveProperty('prompt_mask');
  },
  PATIENCE_MS,
);
