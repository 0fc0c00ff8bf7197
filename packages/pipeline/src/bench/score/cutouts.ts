import type { ImageLimits } from '@packshot/contracts';
import type { Plane, Raster } from '../../pixels';
import type { Bench } from './bench';
import { type Cases, readFloats } from './cases';
import { compareMattes } from './matte-measures';
import { comparable, comparablePlane, listPhotos, readMatte, readPhoto } from './photos';
import { copyRaster } from './rasters';
import { meanFigures, type Row, type Section } from './section';
import { readShards } from './shards';

interface Subject {
  name: string;
  photo: Raster;
  matte: Plane;
}

const COLUMNS = { IoU: 3, Dice: 3, MAE: 3, 'SAD (k)': 2, 'boundary F': 3, 'core s/MP': 2, MB: 1 };

/** Cut-outs of photos against another network's mattes, and each photo's own IoU. */
export async function scorePhotoCutouts(
  bench: Bench,
  given: { photos: string; mattes: string; cases: string; limits: ImageLimits },
  { grabcut }: Cases,
): Promise<Section[]> {
  const subjects: Subject[] = [];
  for (const file of await listPhotos(given.photos)) {
    const photo = await readPhoto(file.path, given.limits);
    const matte = await readMatte(given.mattes, file, photo);
    if (matte !== null) subjects.push({ name: file.name, photo, matte });
  }
  const byPhoto: Row[] = [];
  const rows: Row[] = [];
  const add = (name: string, all: Row['figures'][]) => {
    rows.push({ name, figures: meanFigures(all) });
    const ious = subjects.map((subject, i) => [subject.name, all[i]?.IoU ?? Number.NaN]);
    byPhoto.push({ name, figures: Object.fromEntries(ious) });
  };
  const cut = subjects.map(async ({ name, photo, matte }) => {
    const file = grabcut[name];
    if (file === undefined) throw new Error(`cases.py made no GrabCut of ${name}`);
    const { width, height, data } = await readFloats(given.cases, file);
    return named(compareMattes(comparablePlane({ width, height, data }, photo), matte));
  });
  add('GrabCut from a rectangle (OpenCV)', await Promise.all(cut));
  for (const { record, bytes } of await bench.installed('background')) {
    add(record.id, await cutOut(bench, record.id, bytes, subjects));
  }
  const photos = Object.fromEntries(subjects.map(({ name }) => [name, 2]));
  return [
    { title: `cut-out: ${subjects.length} photos`, columns: COLUMNS, rows },
    { title: 'cut-out: IoU by photo', columns: photos, rows: byPhoto },
  ];
}

/** Cut-outs of renders that no model was trained on, whose mattes are exact. */
export async function scoreRenderCutouts(bench: Bench, folder: string, name: string, count: number): Promise<Section> {
  const renders = await readShards(folder, count);
  const subjects = renders.map(({ name, picture, alpha }) => ({ name, photo: picture, matte: alpha }));
  const rows: Row[] = [];
  for (const { record, bytes } of await bench.installed('background')) {
    rows.push({ name: record.id, figures: meanFigures(await cutOut(bench, record.id, bytes, subjects)) });
  }
  return { title: `cut-out of renders: ${renders.length} (${name})`, columns: COLUMNS, rows };
}

async function cutOut(
  bench: Bench,
  model: string,
  bytes: number,
  subjects: readonly Subject[],
): Promise<Row['figures'][]> {
  const all: Row['figures'][] = [];
  for (const { photo, matte } of subjects) {
    const picture = { colour: copyRaster(photo), alpha: null as Uint8Array | null };
    const { coreSeconds } = await bench.run({ background: { model, decontaminate: false } }, picture);
    if (picture.alpha === null) throw new Error(`${model} cut nothing out`);
    const figures = compareMattes(await comparable(picture.alpha, photo, photo), matte);
    const megapixels = (photo.width * photo.height) / 1e6;
    all.push({ ...named(figures), 'core s/MP': coreSeconds / megapixels, MB: bytes / 1e6 });
  }
  return all;
}

function named({ iou, dice, mae, sad, boundary }: ReturnType<typeof compareMattes>): Row['figures'] {
  return { IoU: iou, Dice: dice, MAE: mae, 'SAD (k)': sad, 'boundary F': boundary };
}
