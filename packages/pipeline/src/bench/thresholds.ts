import { imageLimits, limitsConfig } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import { createPace, estimateNoise, measureShadow, type Raster } from '../pixels';
import { createRandom } from '../pixels/synthetic-pictures';
import { openBench } from './score/bench';
import { listPhotos, readPhoto } from './score/photos';
import { psnr } from './score/picture-measures';
import { copyRaster, toFloats } from './score/rasters';
import { mean } from './score/section';
import { readShards } from './score/shards';
import { runProgram } from './setting';

/** Standard deviations of noise that is added, in steps of 255. */
const SIGMAS = [0, 0.5, 1, 1.5, 2, 3, 5, 10];
/** Side of the piece of a photograph that is looked at, of half the photograph. */
const PIECE = 512;

/**
 * What the thresholds of `auto` are chosen by, as Markdown: how strong noise is measured and what taking it out gains, and how
 * strong shadows are measured where there is one and where there is none:
 * `node dist/bench/thresholds.js noise PHOTOGRAPHS` or `node dist/bench/thresholds.js shadow SHARDS [COUNT]`.
 */
async function main([what, folder, count = '160']: string[]): Promise<void> {
  if (folder === undefined || (what !== 'noise' && what !== 'shadow')) {
    throw new Error('usage: thresholds noise PHOTOGRAPHS | shadow SHARDS [COUNT]');
  }
  await (what === 'noise' ? noise(folder) : shadow(folder, Number(count)));
}

async function noise(folder: string): Promise<void> {
  const pieces: Raster[] = [];
  for (const { path } of await listPhotos(folder)) {
    pieces.push(await middle(await readPhoto(path, imageLimits(limitsConfig.parse({})))));
  }
  const bench = await openBench({}, {});
  console.log(
    `| sigma of ${pieces.length} photographs | measured: median (10 to 90 %) | denoised: dB gained |\n|---|---|---|`,
  );
  try {
    for (const sigma of SIGMAS) {
      const measured: number[] = [];
      const gains: number[] = [];
      for (const [i, piece] of pieces.entries()) {
        const noisy = withNoise(piece, sigma, i);
        measured.push(estimateNoise(noisy));
        const picture = { colour: copyRaster(noisy), alpha: null };
        await bench.run({ denoise: true }, picture);
        const truth = toFloats(piece);
        gains.push(psnr(toFloats(picture.colour), truth) - psnr(toFloats(noisy), truth));
      }
      const gain = sigma === 0 ? '' : mean(gains).toFixed(1);
      console.log(`| ${sigma} | ${spread(measured, 2)} | ${gain} |`);
    }
  } finally {
    await bench.close();
  }
}

async function shadow(folder: string, count: number): Promise<void> {
  const pace = createPace(new AbortController().signal);
  const measured: Record<'with' | 'without', number[]> = { with: [], without: [] };
  for (const { picture, clean } of await readShards(folder, count)) {
    if (clean === null) continue;
    measured.with.push(await measureShadow(picture, pace));
    measured.without.push(await measureShadow(clean, pace));
  }
  console.log('| renders | measured: median (10 to 90 %) | above 0.005 | 0.01 | 0.02 |\n|---|---|---|---|---|');
  for (const [which, values] of Object.entries(measured)) {
    const above = [0.005, 0.01, 0.02].map((mark) => values.filter((value) => value >= mark).length);
    console.log(`| ${which} the shadow | ${spread(values, 3)} | ${above.join(' | ')} |`);
  }
}

/** The middle of a photograph at half its size. */
async function middle({ width, height, data }: Raster): Promise<Raster> {
  const [w, h] = [Math.trunc(width / 2), Math.trunc(height / 2)];
  const [across, down] = [Math.min(PIECE, w), Math.min(PIECE, h)];
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(w, h, { fit: 'fill' })
    .extract({ left: (w - across) >> 1, top: (h - down) >> 1, width: across, height: down })
    .raw()
    .toBuffer();
  return { width: across, height: down, channels: 3, data: new Uint8Array(bytes) };
}

/** Gaussian noise by Box and Muller, rounded to 8 bits; the same seed gives the same. */
function withNoise(picture: Raster, sigma: number, seed: number): Raster {
  const noisy = copyRaster(picture);
  const clamped = new Uint8ClampedArray(noisy.data.buffer);
  const random = createRandom(seed + 1);
  for (let i = 0; i < clamped.length; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    clamped[i] = (clamped[i] as number) + sigma * normal;
  }
  return noisy;
}

function spread(values: readonly number[], decimals: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN).toFixed(decimals);
  return `${at(0.5)} (${at(0.1)} to ${at(0.9)})`;
}

runProgram(main);
