import type { ImageLimits } from '@packshot/contracts';
import { jpegHead, png } from '../fixtures/images';
import { HEAD_BYTES, inspectHead } from './image-head';

const limits: ImageLimits = { maxFileBytes: 1e6, maxInputPixels: 1e6, maxInputSide: 2000, maxOutputPixels: 4e6 };
const inspect = (head: Buffer) => inspectHead(head, limits);
const code = (head: Buffer) => {
  try {
    inspect(head);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the head of a file', () => {
  test('tells format and size', () => {
    expect(inspect(png(30, 20))).toEqual({ format: 'png', content_type: 'image/png', width: 30, height: 20 });
    expect(inspect(jpegHead(30, 20))).toEqual({ format: 'jpeg', content_type: 'image/jpeg', width: 30, height: 20 });
    expect(inspect(Buffer.from('GIF89a\x1e\0\x14\0', 'latin1'))).toMatchObject({
      format: 'gif',
      width: 30,
      height: 20,
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('tells the size as shown for orientation %i', (orientation) => {
    const { width, height } = inspect(jpegHead(30, 20, { orientation }));
    expect([width, height]).toEqual(orientation >= 5 ? [20, 30] : [30, 20]);
  });

  test('finds the size of a JPEG behind metadata, as far as the head goes', () => {
    const far = (metadata: number) => inspect(jpegHead(30, 20, { metadata }).subarray(0, HEAD_BYTES)).width;
    expect(far(400_000)).toBe(30);
    expect(far(600_000)).toBeNull();
  });

  test('never reads past its own end, into memory that belongs to others', () => {
    const memory = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8 '), Buffer.alloc(100, 0x11)]);
    expect(inspect(memory.subarray(0, 16))).toMatchObject({ format: 'webp', width: null, height: null });
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'empty_file'],
    ['text', Buffer.from('hello'), 'unsupported_format'],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'unsupported_format'],
    ['PDF', Buffer.from('%PDF-1.7'), 'unsupported_format'],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0heic', 'latin1'), 'unsupported_format'],
    ['a side too long', png(2001, 1), 'image_too_large'],
    ['too many pixels', png(1001, 1000), 'image_too_large'],
    ['four billion pixels a side', png(2 ** 32 - 1, 2 ** 32 - 1), 'image_too_large'],
    ['the most that is allowed', png(1000, 1000), null],
    ['the longest side that is allowed', jpegHead(2000, 500), null],
  ])('of %s is refused with the right code', (_what, head, expected) => {
    expect(code(head)).toBe(expected);
  });

  test('with any byte cut off or changed never does worse than not to tell the size', () => {
    for (const whole of [png(30, 20), jpegHead(30, 20, { orientation: 6 })]) {
      for (let at = 0; at < Math.min(whole.length, 200); at++) {
        const broken = Buffer.from(whole);
        broken[at] = 0xff - (broken[at] ?? 0);
        for (const head of [whole.subarray(0, at), broken]) {
          expect([null, 'empty_file', 'unsupported_format', 'image_too_large']).toContain(code(head));
        }
      }
    }
  });
});
