import type { ImageLimits } from '@packshot/contracts';
import { createPlane, type Plane, type Raster } from '../../pixels';
import { connectedRegions } from '../../pixels/regions';
import type { Bench } from './bench';
import { compareMattes } from './matte-measures';
import { comparable, listPhotos, readMatte, readPhoto } from './photos';
import { copyRaster } from './rasters';
import { meanFigures, type Row, type Section } from './section';
import { readShards } from './shards';

interface Subject {
  photo: Raster;
  /** What is to be cut out, at the size at which mattes are compared. */
  matte: Plane;
}

type Point = [x: number, y: number, label: 0 | 1];

const CLICKS = 3;

/** Clicks on photos with mattes: the first on the object's middle, each next one where the answer is most wrong. */
export async function scorePhotoClicks(
  bench: Bench,
  { photos, mattes, limits }: { photos: string; mattes: string; limits: ImageLimits },
): Promise<Section> {
  const subjects: Subject[] = [];
  for (const file of await listPhotos(photos)) {
    const photo = await readPhoto(file.path, limits);
    const matte = await readMatte(mattes, file, photo);
    if (matte !== null) subjects.push({ photo, matte });
  }
  return scoreClicks(bench, `clicks: ${subjects.length} photos`, subjects);
}

/** The same on renders that no model was trained on. */
export async function scoreRenderClicks(bench: Bench, folder: string, name: string, count: number): Promise<Section> {
  const renders = await readShards(folder, count);
  const subjects = renders
    .map(({ picture, alpha }) => ({ photo: picture, matte: alpha }))
    .filter(({ matte }) => matte.data.some((value) => value > 0.5));
  return scoreClicks(bench, `clicks: ${subjects.length} renders (${name})`, subjects);
}

async function scoreClicks(bench: Bench, title: string, subjects: readonly Subject[]): Promise<Section> {
  const rows: Row[] = [];
  for (const { record, bytes } of await bench.installed('prompt')) {
    const all: Row['figures'][] = [];
    for (const subject of subjects) all.push({ ...(await clickThrice(bench, record.id, subject)), MB: bytes / 1e6 });
    rows.push({ name: record.id, figures: meanFigures(all) });
  }
  const columns = { 'IoU, 1 click': 3, 'IoU, 3 clicks': 3, 'core s, first': 3, 'core s, next': 3, MB: 1 };
  return { title, columns, rows };
}

async function clickThrice(bench: Bench, model: string, { photo, matte }: Subject): Promise<Row['figures']> {
  const { width, height } = matte;
  const figures: Row['figures'] = {};
  const points: Point[] = [];
  let found = createPlane(width, height);
  let mask: string | undefined;
  for (let click = 1; click <= CLICKS; click++) {
    points.push(nextClick(found, matte, photo));
    const picture: Parameters<Bench['run']>[1] = { colour: copyRaster(photo), alpha: null };
    const prompt = { points, ...(mask !== undefined && { mask }) };
    const asked = { model, prompt, matting: 'none', decontaminate: false } as const;
    const { coreSeconds } = await bench.run({ background: asked }, picture);
    found = await comparable(picture.alpha ?? new Uint8Array(photo.width * photo.height), photo, photo);
    mask = picture.promptMask;
    if (click === 1) figures['core s, first'] = coreSeconds;
    else figures['core s, next'] = coreSeconds;
    if (click === 1) figures['IoU, 1 click'] = compareMattes(found, matte).iou;
  }
  figures['IoU, 3 clicks'] = compareMattes(found, matte).iou;
  return figures;
}

/** The point deepest inside the largest region that is wrong, in pixels of the photo. */
function nextClick(found: Plane, matte: Plane, photo: Raster): Point {
  const { width, height } = matte;
  const wanted = (i: number) => (matte.data[i] as number) > 0.5;
  const missed = (i: number) => wanted(i) && (found.data[i] as number) <= 0.5;
  const extra = (i: number) => !wanted(i) && (found.data[i] as number) > 0.5;
  const regions = [missed, extra].flatMap((inside) => connectedRegions(width, height, inside));
  const [largest] = regions.sort((a, b) => b.pixels.length - a.pixels.length);
  // Of a perfect answer nothing is wrong: the object's middle once more.
  const pixels = largest?.pixels ?? Int32Array.from(matte.data.keys()).filter(wanted);
  const at = deepest(pixels, width, height);
  const [x, y] = [at % width, Math.trunc(at / width)];
  const along = (position: number, from: number, to: number) =>
    Math.min(to - 1, Math.round(((position + 0.5) * to) / from - 0.5));
  return [along(x, width, photo.width), along(y, height, photo.height), wanted(at) ? 1 : 0];
}

/** The pixel of a region that is farthest from what lies outside of it, by steps to eight neighbours. */
function deepest(pixels: Int32Array, width: number, height: number): number {
  // With a rim of outside, so that a region cut by the frame is not deepest at the frame.
  const stride = width + 2;
  const depth = new Uint16Array(stride * (height + 2));
  const place = (i: number) => (Math.trunc(i / width) + 1) * stride + (i % width) + 1;
  const sorted = pixels.slice().sort();
  const least = (...neighbours: number[]) => Math.min(...neighbours.map((k) => depth[k] as number)) + 1;
  for (const i of sorted) {
    const k = place(i);
    depth[k] = least(k - 1, k - stride - 1, k - stride, k - stride + 1);
  }
  let best = sorted[0] ?? 0;
  for (const i of sorted.reverse()) {
    const k = place(i);
    depth[k] = Math.min(depth[k] as number, least(k + 1, k + stride - 1, k + stride, k + stride + 1));
    if ((depth[k] as number) > (depth[place(best)] as number)) best = i;
  }
  return best;
}
