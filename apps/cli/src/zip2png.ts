import { join, parse } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AppError } from '@packshot/contracts';
import { joinAlpha } from '@packshot/pipeline';
import { openPromise } from 'yauzl';
import type { Context } from './context';

/** Of one of the two images in a ZIP, unpacked. */
const LARGEST_BYTES = 500_000_000;

/** Makes one PNG of a ZIP that has colours and transparency as two images, as Packshot's format `zip` and remove.bg's have it. */
export async function zipToPng({ output }: Context, zip: string, options: { output?: string }): Promise<void> {
  const target = options.output ?? join(parse(zip).dir, `${parse(zip).name}.png`);
  const { colour, alpha } = await readParts(zip);
  const { width, height } = await joinAlpha(colour, alpha, target);
  output.result({ file: target, width, height }, `${target}: ${width}x${height}`);
}

/** @throws invalid_request when the file is no ZIP, or lacks one of them */
async function readParts(path: string): Promise<{ colour: Buffer; alpha: Buffer }> {
  const zip = await openPromise(path, { lazyEntries: true }).catch((cause: Error) => {
    throw new AppError('invalid_request', `${path} cannot be read as a ZIP: ${cause.message}`, { cause });
  });
  const parts: { colour?: Buffer; alpha?: Buffer } = {};
  for await (const entry of zip.eachEntry()) {
    const part = /^colou?r\.(jpe?g|png)$/i.test(entry.fileName)
      ? 'colour'
      : /^alpha\.png$/i.test(entry.fileName)
        ? 'alpha'
        : null;
    if (part === null) continue;
    if (entry.uncompressedSize > LARGEST_BYTES) throw new AppError('file_too_large', `${entry.fileName} is too large.`);
    parts[part] = await buffer(await zip.openReadStreamPromise(entry));
  }
  const { colour, alpha } = parts;
  if (!colour || !alpha) throw new AppError('invalid_request', `${path} has no color.jpg and alpha.png.`);
  return { colour, alpha };
}
