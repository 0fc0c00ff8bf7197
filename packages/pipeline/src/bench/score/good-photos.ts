import type { ImageLimits, PipelineRequest } from '@packshot/contracts';
import type { Raster } from '../../pixels';
import type { Bench } from './bench';
import { listPhotos, readPhoto } from './photos';
import { psnr } from './picture-measures';
import { copyRaster, toFloats } from './rasters';
import { mean, type Row, type Section } from './section';

/** Stages that `auto` is to spare a good photo. */
const STAGES: Readonly<Record<string, PipelineRequest>> = {
  denoise: { denoise: 'auto' },
  deblur: { deblur: 'auto' },
  shadow: { shadow: 'auto' },
};

/** What `auto` does to photos that need nothing: how many a stage leaves alone, and how near to the input the others stay. */
export async function scoreGoodPhotos(bench: Bench, folder: string, limits: ImageLimits): Promise<Section> {
  const photos: Raster[] = [];
  for (const { path } of await listPhotos(folder)) photos.push(await readPhoto(path, limits));
  const rows: Row[] = [];
  for (const [name, pipeline] of Object.entries(STAGES)) {
    const changed: number[] = [];
    for (const photo of photos) {
      const picture = { colour: copyRaster(photo), alpha: null };
      await bench.run(pipeline, picture);
      const decibels = psnr(toFloats(picture.colour), toFloats(photo));
      if (decibels !== Number.POSITIVE_INFINITY) changed.push(decibels);
    }
    const figures: Row['figures'] = { photos: photos.length, 'left alone': photos.length - changed.length };
    if (changed.length > 0) Object.assign(figures, { 'least dB': Math.min(...changed), 'mean dB': mean(changed) });
    rows.push({ name, figures });
  }
  const columns = { photos: 0, 'left alone': 0, 'least dB': 1, 'mean dB': 1 };
  return { title: 'auto on photos as they are: against the input', columns, rows };
}
