import { resolve } from 'node:path';
import { sharp } from '../../image/loaders';
import type { Raster } from '../raster';

/** Pictures of `packages/pipeline/fixtures/matting`, written by models/export/parity/matting.py, for the tests. */
export const REFERENCE_NAMES = ['hair', 'glass', 'leaf'];

const folder = resolve(__dirname, '../../../fixtures/matting');

async function read(name: string, what: string, channels: 1 | 3): Promise<Raster> {
  const image = sharp(resolve(folder, `${name}-${what}.png`));
  const shaped = channels === 1 ? image.extractChannel(0) : image.removeAlpha();
  const { data, info } = await shaped.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, data: new Uint8Array(data) };
}

export const referenceColour = (name: string, what: string) => read(name, what, 3);

export async function referenceBytes(name: string, what: string): Promise<Uint8Array> {
  return (await read(name, what, 1)).data;
}

export const unhurried = async () => undefined;
