import cases from '../../fixtures/pillow-resize.json';
import { unhurried } from './matting/reference-pictures';
import { type ResampleFilter, resampleBytes } from './resample';

/** The picture of fixtures/pillow-resize.py. */
function picture(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  return { width, height, channels: 3, data };
}

it.each(cases)('resizes $from to $to by $filter as Pillow does, byte for byte', async ({ filter, from, to, bytes }) => {
  const [width = 0, height = 0] = from;
  const [toWidth = 0, toHeight = 0] = to;
  const expected = Buffer.from(bytes, 'base64');
  const found = await resampleBytes(picture(width, height), toWidth, toHeight, filter as ResampleFilter, unhurried);
  expect(Buffer.from(found).equals(expected)).toBe(true);
});

it('leaves a picture of the size that is asked for alone, and gives a copy', async () => {
  const source = picture(7, 5);
  const same = await resampleBytes(source, 7, 5, 'lanczos', unhurried);
  expect(same).toEqual(source.data);
  expect(same).not.toBe(source.data);
});
