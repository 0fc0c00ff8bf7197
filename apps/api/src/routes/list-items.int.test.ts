import type { ItemView } from '@packshot/contracts';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

const fiveImages = async () =>
  accepted(await postForm(api.url, ...[1, 2, 3, 4, 5].map((width) => ['f', png(width, 1)] as const)));

describe('200', () => {
  test('leads through all items by its own links, each once and in order', async () => {
    const job = await fiveImages();
    const widths: (number | null)[] = [];
    let pages = 0;
    for (let next: string | null = `${job.links.items}?limit=2`; next; pages++) {
      const page = (await (await fetch(next)).json()) as { items: ItemView[]; next: string | null };
      widths.push(...page.items.map((item) => item.input.width));
      next = page.next;
    }
    expect(widths).toEqual([1, 2, 3, 4, 5]);
    expect(pages).toBe(3);
  });

  test('keeps to a status, and says so in the link to the next page', async () => {
    const job = await fiveImages();
    const items = await itemsOf(job);
    for (const i of [0, 2, 3]) await finishItem(api.deps, job.id, { id: items[i]?.id ?? '' }, { result: png(2, 2) });
    const indices: number[] = [];
    for (let next: string | null = `${job.links.items}?status=succeeded&limit=2`; next; ) {
      const response = await fetch(next);
      const page = (await response.json()) as { items: ItemView[]; next: string | null };
      indices.push(...page.items.map(({ index }) => index));
      next = page.next;
      if (next) expect(response.headers.get('link')).toBe(`<${next}>; rel="next"`);
    }
    expect(indices).toEqual([0, 2, 3]);
    expect(await (await fetch(`${job.links.items}?status=failed`)).json()).toEqual({ items: [], next: null });
  });

  test('is empty past the end', async () => {
    const job = await fiveImages();
    expect(await (await fetch(`${job.links.items}?cursor=5`)).json()).toEqual({ items: [], next: null });
  });
});

describe('400', () => {
  test.each([
    ['limit=0', '/limit'],
    ['limit=1001', '/limit'],
    ['limit=many', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=-1', '/cursor'],
    ['cursor=1e10', '/cursor'],
    ['status=done', '/status'],
    ['sort=name', '/sort'],
  ])('refuses %s and points at it', async (query, pointer) => {
    const job = await fiveImages();
    const response = await fetch(`${job.links.items}?${query}`);
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });
});

describe('404', () => {
  test('answers for a job that does not exist', async () => {
    const response = await fetch(`${api.url}/jobs/job_01890000-0000-7000-8000-000000000000/items`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });
});
