import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AppError } from '@packshot/contracts';
import { outlet } from './outlet';

const options = {
  translate: (error: unknown) => AppError.from(error, 'storage_error'),
  stallTimeoutMs: 1000,
};

/** Lets streams pass on what they hold. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an outlet', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  test('fails when the store has gone silent', async () => {
    const source = new PassThrough();
    const reading = buffer(outlet(source, options));
    source.write('first');
    await settle();
    jest.advanceTimersByTime(999);
    source.write('second');
    await settle();
    jest.advanceTimersByTime(999);
    expect(source.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    await expect(reading).rejects.toMatchObject({ code: 'storage_error' });
    expect(source.destroyed).toBe(true);
  });

  test('does not take a slow reader for a silent store', async () => {
    const source = new PassThrough();
    const out = outlet(source, options);
    source.write(Buffer.alloc(100_000));
    await settle();
    jest.advanceTimersByTime(60_000);
    await settle();
    expect(out.destroyed).toBe(false);
    source.end();
    expect((await buffer(out)).length).toBe(100_000);
  });

  test('has all the time in the world once the store has sent everything', async () => {
    const source = new PassThrough();
    const out = outlet(source, options);
    source.end('all');
    await settle();
    jest.advanceTimersByTime(60_000);
    expect((await buffer(out)).toString()).toBe('all');
  });

  test('translates the errors of its source', async () => {
    const source = new PassThrough();
    const reading = buffer(outlet(source, options));
    const reset = new Error('read ECONNRESET');
    source.destroy(reset);
    await expect(reading).rejects.toMatchObject({ code: 'storage_error', cause: reset });
  });

  test('takes its source down when the reader stops early', async () => {
    const source = new PassThrough();
    const out = outlet(source, options);
    out.destroy();
    await settle();
    expect(source.destroyed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});
