/// <reference types="jest" />
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from './object-store';

const PNG = { contentType: 'image/png' };
const LARGE_BYTES = 20_000_000;
/** More than a page of S3 holds; the tests' own server has pages of 100, which spares the normal tier a thousand writes. */
const MANY_KEYS = process.env.TEST_TIER === 'full' ? 1010 : 210;

const code = (value: string) => expect.objectContaining({ code: value });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A body that gives `bytes` in pieces and then fails, ends, or waits for ever. */
async function* inPieces(bytes: Uint8Array, end: () => Promise<void> | void): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 64_000) yield bytes.subarray(start, start + 64_000);
  await end();
}

/**
 * What every object store promises, as a suite that each adapter runs. `open` gives a ready store; each test works under a
 * prefix of its own, so the store may hold other things.
 */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    let root: string;
    beforeAll(async () => {
      store = await open();
    });
    beforeEach(() => {
      root = `conformance/${randomUUID()}`;
    });
    afterEach(() => store.deletePrefix(`${root}/`));
    afterAll(() => store.close());

    const read = async (key: string) => buffer((await store.get(key)).body);
    const keys = async (prefix: string) => {
      const found: string[] = [];
      for await (const object of store.list(prefix)) found.push(object.key);
      return found.sort();
    };
    const expectNothingAt = async (key: string) => {
      expect(await store.head(key)).toBeNull();
      await expect(store.get(key)).rejects.toEqual(code('not_found'));
      expect(await keys(`${root}/`)).toEqual([]);
    };

    describe('keeps', () => {
      test.each([
        ['bytes', randomBytes(1000)],
        ['an empty object', Buffer.alloc(0)],
        ['a plain Uint8Array', new Uint8Array([1, 2, 3])],
      ])('%s, with size, type and digest', async (_, bytes) => {
        const key = `${root}/result.png`;
        expect(await store.put(key, bytes, PNG)).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
        const { body, ...facts } = await store.get(key);
        expect((await buffer(body)).equals(bytes)).toBe(true);
        expect(facts).toEqual({ bytes: bytes.length, contentType: 'image/png' });
        expect(await store.head(key)).toEqual(facts);
      });

      test('an empty stream', async () => {
        const key = `${root}/original`;
        expect(await store.put(key, Readable.from([]), PNG)).toEqual({ bytes: 0, sha256: sha256(Buffer.alloc(0)) });
        expect((await read(key)).length).toBe(0);
      });

      test('a stream of unknown length that is larger than a part', async () => {
        const bytes = randomBytes(LARGE_BYTES);
        const key = `${root}/original`;
        const put = await store.put(key, Readable.from(inPieces(bytes, () => undefined)), PNG);
        expect(put).toEqual({ bytes: LARGE_BYTES, sha256: sha256(bytes) });
        expect((await store.head(key))?.bytes).toBe(LARGE_BYTES);
        expect(sha256(await read(key))).toBe(sha256(bytes));
      });

      test.each(['image/tiff', 'application/json', 'application/x-odd; version="1"'])(
        'the content type %s whatever the key ends with, and the latest one after an overwrite',
        async (contentType) => {
          for (const key of [`${root}/original`, `${root}/result.png`]) {
            await store.put(key, Buffer.from('one'), { contentType });
            expect((await store.head(key))?.contentType).toBe(contentType);
            await store.put(key, Buffer.from('two'), PNG);
            expect((await store.head(key))?.contentType).toBe('image/png');
            const { body, contentType: latest } = await store.get(key);
            body.destroy();
            expect(latest).toBe('image/png');
          }
        },
      );

      test.each([
        'ünï/日本語 ☃.png',
        'a b/c+d',
        '100%/%2F&?#=;@',
        "it's (here)!*~",
        `${'long'.repeat(60)}/x`,
        'a.b..c.',
      ])('the unusual key %s, apart from others', async (odd) => {
        const key = `${root}/${odd}`;
        await store.put(key, Buffer.from(odd), PNG);
        await store.put(`${key}-other`, Buffer.from('other'), PNG);
        expect((await read(key)).toString()).toBe(odd);
        expect(await keys(`${root}/`)).toEqual([key, `${key}-other`].sort());
        await store.delete([key]);
        expect(await keys(`${root}/`)).toEqual([`${key}-other`]);
      });

      test('what was put last, whole, when many write the same key at once', async () => {
        const key = `${root}/contended`;
        const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(200_000, index));
        await Promise.all(bodies.map((body) => store.put(key, body, PNG)));
        const kept = await read(key);
        expect(bodies.some((body) => body.equals(kept))).toBe(true);
      });

      test('the old object for a reader that has begun, while it is overwritten', async () => {
        const key = `${root}/overwritten`;
        const old = randomBytes(2_000_000);
        await store.put(key, old, PNG);
        const reader = await store.get(key);
        await store.put(key, randomBytes(2_000_000), PNG);
        expect((await buffer(reader.body)).equals(old)).toBe(true);
      });

      test('objects put at the same time in the same new folder, while others in it are deleted', async () => {
        const numbers = Array.from({ length: 24 }, (_, index) => index);
        await Promise.all(
          numbers.map(async (index) => {
            const key = `${root}/deep/er/${index}`;
            await store.put(key, Buffer.from(String(index)), PNG);
            if (index % 2 === 0) await store.delete([key]);
          }),
        );
        const odd = numbers.filter((index) => index % 2 === 1).map((index) => `${root}/deep/er/${index}`);
        expect(await keys(`${root}/`)).toEqual(odd.sort());
      });
    });

    describe('leaves nothing behind', () => {
      test.each([0, 100_000, LARGE_BYTES])(
        'of a stream that fails after %i bytes, and hands on its error',
        async (n) => {
          const key = `${root}/original`;
          const hangUp = new Error('the client hung up');
          const body = Readable.from(
            inPieces(randomBytes(n), () => {
              throw hangUp;
            }),
          );
          await expect(store.put(key, body, PNG)).rejects.toBe(hangUp);
          await expectNothingAt(key);
        },
      );

      test('of a stream that is cut off without an error', async () => {
        const body = new PassThrough();
        body.write(randomBytes(1000));
        const put = store.put(`${root}/original`, body, PNG);
        setImmediate(() => body.destroy());
        await expect(put).rejects.toThrow();
        await expectNothingAt(`${root}/original`);
      });

      test.each([1001, LARGE_BYTES])('of %i bytes where fewer are allowed', async (n) => {
        const key = `${root}/original`;
        const options = { ...PNG, maxBytes: n - 1 };
        const bytes = randomBytes(n);
        await expect(store.put(key, bytes, options)).rejects.toEqual(code('file_too_large'));
        const body = Readable.from(inPieces(bytes, () => undefined));
        await expect(store.put(key, body, options)).rejects.toEqual(code('file_too_large'));
        expect(body.destroyed).toBe(true);
        await expectNothingAt(key);
        expect((await store.put(key, bytes, { ...PNG, maxBytes: n })).bytes).toBe(n);
      });

      test('when the signal aborts while the source has stalled', async () => {
        const key = `${root}/original`;
        const abort = new AbortController();
        const reason = new Error('canceled');
        let stalled = () => {};
        const waiting = new Promise<void>((resolve) => {
          stalled = resolve;
        });
        const body = new PassThrough();
        body.write(randomBytes(10_000), () => stalled());
        const put = store.put(key, body, { ...PNG, signal: abort.signal });
        await waiting;
        abort.abort(reason);
        await expect(put).rejects.toBe(reason);
        expect(body.destroyed).toBe(true);
        await expectNothingAt(key);
      });

      test('when the signal had aborted before', async () => {
        const options = { ...PNG, signal: AbortSignal.abort(new Error('too late')) };
        await expect(store.put(`${root}/original`, Buffer.from('x'), options)).rejects.toThrow('too late');
        await expectNothingAt(`${root}/original`);
      });

      test('but the old object, when an overwrite fails', async () => {
        const key = `${root}/original`;
        await store.put(key, Buffer.from('old'), { contentType: 'image/gif' });
        const body = Readable.from(
          inPieces(randomBytes(LARGE_BYTES), () => {
            throw new Error('half-way');
          }),
        );
        await expect(store.put(key, body, PNG)).rejects.toThrow('half-way');
        expect((await read(key)).toString()).toBe('old');
        expect((await store.head(key))?.contentType).toBe('image/gif');
      });
    });

    describe('answers', () => {
      test('not_found for a key that is missing, and for a folder', async () => {
        await store.put(`${root}/folder/file`, Buffer.from('x'), PNG);
        for (const key of [`${root}/missing`, `${root}/folder`, `${root}/folder/file/below`]) {
          await expect(store.get(key)).rejects.toEqual(code('not_found'));
          expect(await store.head(key)).toBeNull();
        }
      });

      test('invalid_request to keys that lead elsewhere', async () => {
        const refused = code('invalid_request');
        await expect(store.put('../escape', Buffer.from('x'), PNG)).rejects.toEqual(refused);
        await expect(store.get('a/../../etc/passwd')).rejects.toEqual(refused);
        await expect(store.head('/etc/passwd')).rejects.toEqual(refused);
        await expect(store.delete([`${root}/fine`, '..'])).rejects.toEqual(refused);
        await expect(store.deletePrefix('../')).rejects.toEqual(refused);
        await expect(store.deletePrefix('')).rejects.toEqual(refused);
      });

      test("a reader that is aborted with the signal's reason", async () => {
        const key = `${root}/original`;
        await store.put(key, randomBytes(5_000_000), PNG);
        const abort = new AbortController();
        const { body } = await store.get(key, { signal: abort.signal });
        const reason = new Error('canceled');
        abort.abort(reason);
        await expect(buffer(body)).rejects.toBe(reason);
        await expect(store.get(key, { signal: abort.signal })).rejects.toBe(reason);
      });

      test.each([
        ['the beginning', { start: 0, end: 9 }, [0, 10]],
        ['the middle', { start: 300_000, end: 300_001 }, [300_000, 300_002]],
        ['the end, and behind it', { start: 999_990, end: 2_000_000 }, [999_990, 1_000_000]],
      ] as const)('a range: %s', async (_, range, [from, to]) => {
        const key = `${root}/original`;
        const bytes = randomBytes(1_000_000);
        await store.put(key, bytes, PNG);
        const { body, ...facts } = await store.get(key, { range });
        expect((await buffer(body)).equals(bytes.subarray(from, to))).toBe(true);
        expect(facts).toEqual({ bytes: to - from, contentType: 'image/png' });
      });

      test('a health check', async () => {
        await expect(store.check()).resolves.toBeUndefined();
      });
    });

    describe('lists and deletes', () => {
      test('exactly the keys that start with a prefix, with size and time', async () => {
        const before = Date.now() - 60_000;
        for (const key of ['a/1', 'a/12', 'a/2/x', 'ab', 'b']) await store.put(`${root}/${key}`, Buffer.from(key), PNG);
        const under = (...names: string[]) => names.map((key) => `${root}/${key}`);
        expect(await keys(`${root}/`)).toEqual(under('a/1', 'a/12', 'a/2/x', 'ab', 'b'));
        expect(await keys(`${root}/a`)).toEqual(under('a/1', 'a/12', 'a/2/x', 'ab'));
        expect(await keys(`${root}/a/`)).toEqual(under('a/1', 'a/12', 'a/2/x'));
        expect(await keys(`${root}/a/1`)).toEqual(under('a/1', 'a/12'));
        expect(await keys(`${root}/nothing/`)).toEqual([]);
        for await (const object of store.list(`${root}/a/2`)) {
          expect(object.bytes).toBe(5);
          expect(object.modifiedAt.getTime()).toBeGreaterThan(before);
          expect(object.modifiedAt.getTime()).toBeLessThan(Date.now() + 60_000);
        }
        expect(await store.deletePrefix(`${root}/a/`)).toBe(3);
        expect(await keys(`${root}/`)).toEqual(under('ab', 'b'));
      });

      test('more keys than fit in one page', async () => {
        const names = Array.from({ length: MANY_KEYS }, (_, index) => `${root}/many/${String(index).padStart(4, '0')}`);
        for (let start = 0; start < names.length; start += 16) {
          await Promise.all(names.slice(start, start + 16).map((key) => store.put(key, Buffer.from('x'), PNG)));
        }
        expect(await keys(`${root}/many/`)).toEqual(names);
        expect(await store.deletePrefix(`${root}/many/`)).toBe(names.length);
        expect(await keys(`${root}/many/`)).toEqual([]);
      }, 120_000);

      test('keys that do not exist without complaint', async () => {
        await store.put(`${root}/there`, Buffer.from('x'), PNG);
        await store.delete([`${root}/missing`, `${root}/there`, `${root}/no/such/folder`]);
        expect(await keys(`${root}/`)).toEqual([]);
        await store.delete([]);
        expect(await store.deletePrefix(`${root}/missing/`)).toBe(0);
      });
    });
  });
}
