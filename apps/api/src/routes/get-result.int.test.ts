import { rm } from 'node:fs/promises';
import { get } from 'node:http';
import type { ItemView, JobView } from '@packshot/contracts';
import { poll } from '@packshot/testing';
import { accepted, itemsOf, postForm, postJson, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

const RESULT = png(2, 2, 3_000_000);
const MASK = png(2, 2, 10);
const CUTOUT = png(2, 2, 20);

async function job(name: string): Promise<{ job: JobView; url: string; id: string }> {
  const view = await accepted(await postForm(api.url, ['file', png(1, 1), name]));
  const id = (await itemsOf(view))[0]?.id ?? '';
  return { job: view, id, url: `${view.links.items}/${id}` };
}

async function finished(name = 'red shoe.jpeg', mask: Buffer | null = MASK): Promise<string> {
  const { job: view, id, url } = await job(name);
  await finishItem(api.deps, view.id, { id }, { result: RESULT, cutout: CUTOUT, ...(mask && { mask }) });
  return url;
}

describe('200', () => {
  test('streams the result under a name made of the original one', async () => {
    const url = await finished();
    const item = (await (await fetch(url)).json()) as ItemView;
    const response = await fetch(item.links.result);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(RESULT.length),
      'content-disposition': 'attachment; filename="red shoe.png"',
      'x-content-type-options': 'nosniff',
      etag: `"${item.result?.sha256}"`,
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(RESULT)).toBe(true);
  });

  test('streams the mask', async () => {
    const url = await finished();
    const item = (await (await fetch(url)).json()) as ItemView;
    const response = await fetch(item.links.mask);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="red shoe-mask.png"');
    expect(Buffer.from(await response.arrayBuffer()).equals(MASK)).toBe(true);
  });

  test('streams what lies beside the result', async () => {
    const response = await fetch(`${await finished()}/also/cutout`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="red shoe-cutout.png"');
    expect(Buffer.from(await response.arrayBuffer()).equals(CUTOUT)).toBe(true);
  });

  test('streams the original under its own name, also while nothing is finished, and never as a page of ours', async () => {
    const { url } = await job('red shoe.jpeg');
    for (const method of ['HEAD', 'GET']) {
      const response = await fetch(`${url}/original`, { method });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-disposition': 'attachment; filename="red shoe.jpeg"',
        'content-security-policy': "default-src 'none'; sandbox",
      });
      const body = Buffer.from(await response.arrayBuffer());
      expect(body.equals(method === 'GET' ? png(1, 1) : Buffer.alloc(0))).toBe(true);
    }
  });

  test('answers HEAD with the same headers and no body', async () => {
    const url = `${await finished()}/result`;
    const [head, whole] = [await fetch(url, { method: 'HEAD' }), await fetch(url)];
    const kept = ['content-type', 'content-length', 'content-disposition', 'etag', 'cache-control'];
    expect(kept.map((name) => head.headers.get(name))).toEqual(kept.map((name) => whole.headers.get(name)));
    expect([head.status, await head.text()]).toEqual([200, '']);
    await whole.body?.cancel();
  });

  test('writes any name so that no header can be forged with it', async () => {
    const response = await fetch(`${await finished('ä"; x="\r\nSet-Cookie: a=b😀.jpg')}/result`);
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[ -~]*"; filename\*=UTF-8''[!-~]*$/,
    );
    await response.body?.cancel();
  });

  test('stops reading from the store when the client leaves', async () => {
    const url = `${await finished()}/result`;
    const before = api.log.length;
    await new Promise<void>((resolve) => {
      get(url, (response) => response.once('data', () => resolve(void response.destroy())));
    });
    const line = await poll(() => api.log.slice(before).find(({ message }) => message === 'request'), {
      what: 'the log line',
    });
    expect(line).toMatchObject({ status: 200, aborted: true });
    await poll(() => api.deps.inFlight.requests === 0, { what: 'the request to be over' });
    expect(api.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('304', () => {
  test.each([(tag: string) => tag, (tag: string) => `"x", W/${tag}`, () => '*'])(
    'answers If-None-Match %#',
    async (form) => {
      const url = `${await finished()}/result`;
      const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
      const response = await fetch(url, { headers: { 'if-none-match': form(etag), 'cache-control': 'max-age=0' } });
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(etag);
    },
  );
});

describe('404', () => {
  test('answers for an item of another job', async () => {
    const [one, other] = [await job('a.png'), await job('b.png')];
    const response = await fetch(`${one.job.links.items}/${other.id}/result`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });

  test('answers no_mask when the pipeline made none', async () => {
    const response = await fetch(`${await finished('a.png', null)}/mask`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('no_mask');
  });

  test.each(['preview', 'nonsense'])('answers for %s, which does not lie beside the result', async (name) => {
    const response = await fetch(`${await finished()}/also/${name}`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });

  test('answers for the original of an image that was named by its address', async () => {
    const view = await accepted(await postJson(api.url, { items: [{ url: 'https://shop.example/a.jpg' }] }));
    const response = await fetch(`${view.links.items}/${(await itemsOf(view))[0]?.id}/original`);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
  });

  test('answers when the file is gone from the store', async () => {
    const url = `${await finished()}/result`;
    await rm(`${api.storageDir}/jobs`, { recursive: true });
    const response = await fetch(url);
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not_found');
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(response.headers.get('etag')).not.toMatch(/[0-9a-f]{64}/);
  });
});

describe('409', () => {
  test.each(['result', 'mask', 'also/cutout'])('answers while the %s is not there yet', async (what) => {
    const { url } = await job('a.png');
    const response = await fetch(`${url}/${what}`);
    expect(response.status).toBe(409);
    expect((await problem(response)).code).toBe('result_not_ready');
  });
});
