import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlane, createRaster, type Plane, type Raster } from '../../pixels';

/** One render: the picture, its parts, and the same with the product's cast shadow taken away. */
export interface Render {
  name: string;
  /** The product before its backdrop, shadow included. */
  picture: Raster;
  /** The exact matte. */
  alpha: Plane;
  /** Without the shadow; null where the shard was rendered without. */
  clean: Raster | null;
}

/** Side of a render in pixels. */
const SIDE = 384;
const AREA = SIDE * SIDE;

/**
 * Up to `count` renders of a shard folder, evenly spread. `fg.bin` is the product, premultiplied RGBA, `bg.bin` the backdrop with the
 * shadow, `clean.bin` without, rows bottom first: see models/training/cutout/shards.py.
 */
export async function readShards(folder: string, count: number): Promise<Render[]> {
  const files = await Promise.all([openPart(folder, 'fg', 4), openPart(folder, 'bg', 3), openPart(folder, 'clean', 3)]);
  const [product, backdrop, clean] = files;
  if (product === null || backdrop === null) throw new Error(`${folder} is no folder of renders`);
  try {
    const there = Math.min(...files.flatMap((part) => part?.count ?? []));
    const wanted = Math.min(count, there);
    const renders: Render[] = [];
    for (let i = 0; i < wanted; i++) {
      const at = Math.floor((i * there) / wanted);
      const own = await product.read(at);
      renders.push({
        name: `${at}`,
        picture: composed(own, await backdrop.read(at)),
        alpha: alphaOf(own),
        clean: clean === null ? null : composed(own, await clean.read(at)),
      });
    }
    return renders;
  } finally {
    for (const part of files) await part?.close();
  }
}

async function openPart(folder: string, name: string, channels: number) {
  const file = await open(join(folder, `${name}.bin`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  const bytes = AREA * channels;
  return {
    count: Math.floor((await file.stat()).size / bytes),
    close: () => file.close(),
    async read(index: number): Promise<Uint8Array> {
      const stored = new Uint8Array(bytes);
      await file.read(stored, 0, bytes, index * bytes);
      const upright = new Uint8Array(bytes);
      const row = SIDE * channels;
      for (let y = 0; y < SIDE; y++) upright.set(stored.subarray(y * row, (y + 1) * row), (SIDE - 1 - y) * row);
      return upright;
    },
  };
}

/** fg + (1 - alpha) * bg. */
function composed(product: Uint8Array, backdrop: Uint8Array): Raster {
  const raster = createRaster(SIDE, SIDE, 3);
  for (let i = 0; i < AREA; i++) {
    const clear = 1 - (product[i * 4 + 3] as number) / 255;
    for (let c = 0; c < 3; c++) {
      raster.data[i * 3 + c] = Math.round(
        Math.min(255, (product[i * 4 + c] as number) + clear * (backdrop[i * 3 + c] as number)),
      );
    }
  }
  return raster;
}

function alphaOf(product: Uint8Array): Plane {
  const plane = createPlane(SIDE, SIDE);
  for (let i = 0; i < AREA; i++) plane.data[i] = (product[i * 4 + 3] as number) / 255;
  return plane;
}
