import type { ItemView } from '@packshot/contracts';
import { accepted, postForm, problem } from '../fixtures/client';
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
    ['cursor=1e300', '/cursor'],
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
