import { readFile } from 'node:fs/promises';

class CustomError extends Error {}

describe('the realm tests run in', () => {
  test('holds the errors of Node core to be errors', async () => {
    const error = await readFile('/does/not/exist').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof CustomError).toBe(false);
  });

  test('holds the errors the engine throws to be errors of their kind', () => {
    const nothing: { field?: { inner: number } } = {};
    const access = () => (nothing.field as { inner: number }).inner;
    expect(access).toThrow(TypeError);
    expect(access).toThrow(Error);
    expect(access).not.toThrow(RangeError);
  });

  test('shares typed arrays with what is cloned in the outer realm', () => {
    const cloned = structuredClone({ pixels: new Float32Array([1, 2]), bytes: new Uint16Array([3]) });
    expect(cloned.pixels).toBeInstanceOf(Float32Array);
    expect(cloned.bytes.buffer).toBeInstanceOf(ArrayBuffer);
  });
});
