import { AppError } from '@packshot/contracts';
import type { Sharp } from 'sharp';
import { sharp } from './loaders';

/**
 * Writes a PNG of a colour picture and its transparency, a grey picture of the same size (white: opaque).
 * @throws corrupt_image when either cannot be decoded, or their sizes differ
 */
export async function joinAlpha(
  colour: Buffer,
  alpha: Buffer,
  path: string,
): Promise<{ width: number; height: number }> {
  const pixels = await decode('colours', sharp(colour).toColourspace('srgb').removeAlpha());
  const plane = await decode('transparency', sharp(alpha).extractChannel(0));
  const { width, height } = plane.info;
  if (pixels.info.width !== width || pixels.info.height !== height) {
    const sizes = `the colours are ${pixels.info.width}x${pixels.info.height}, the transparency ${width}x${height}`;
    throw new AppError('corrupt_image', `The two images do not belong together: ${sizes}.`);
  }
  await sharp(pixels.data, { raw: { width, height, channels: 3 } })
    .joinChannel(plane.data, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 4, adaptiveFiltering: true })
    .toFile(path);
  return { width, height };
}

function decode(what: string, image: Sharp) {
  return image
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new AppError('corrupt_image', `The ${what} cannot be decoded.`, { cause });
    });
}
