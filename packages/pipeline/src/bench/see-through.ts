import { mkdir } from 'node:fs/promises';
import { sharp } from '../image/loaders';
import { benchRunner, parsePipeline, runProgram } from './setting';

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Mean alpha over a patch of ground that is seen through the product, and over one of the product. */
const MOST_OF_GROUND = 0.3;
const LEAST_OF_PRODUCT = 0.9;

/** Of `bike.jpg` of the U-2-Net repository, 3000 x 2000: between spokes, and on what must stay. */
const GROUND: Readonly<Record<string, Box>> = {
  'front wheel, left': [1700, 1185, 1925, 1290],
  'front wheel, right': [2300, 1360, 2500, 1475],
  'front wheel, above the hub': [2200, 850, 2350, 1000],
  'front wheel, under the hub': [1900, 1500, 2025, 1650],
  'rear wheel, left': [612, 975, 725, 1050],
  'rear wheel, above the hub': [750, 825, 875, 950],
  'rear wheel, under the hub': [862, 1525, 1000, 1600],
};
const PRODUCT: Readonly<Record<string, Box>> = {
  frame: [1560, 740, 1615, 790],
  'front tyre': [1555, 1300, 1600, 1450],
  'rear tyre': [500, 1100, 562, 1300],
  saddle: [1000, 138, 1175, 175],
};

/**
 * Cuts out the bicycle and says whether the ground behind its spokes goes, and the bicycle stays:
 * `node dist/bench/see-through.js BIKE_JPG OUT MODEL [STORE]`. Prints the mean alpha of each patch; ends with 1 when one is wrong.
 */
async function main([inputPath, outputDir, model, store]: string[]): Promise<void> {
  if (inputPath === undefined || outputDir === undefined || model === undefined) {
    throw new Error('usage: see-through BIKE_JPG OUT MODEL [STORE]');
  }
  await mkdir(outputDir, { recursive: true });
  const runner = await benchRunner({ store });
  const pipeline = parsePipeline({ background: { model }, output: { format: 'png' } });
  try {
    const { mask } = await runner.run({ inputPath, outputDir, pipeline });
    const means = async (boxes: typeof GROUND) =>
      Promise.all(
        Object.entries(boxes).map(async ([name, box]) => ({ name, alpha: await meanAlpha(mask?.path ?? '', box) })),
      );
    const [ground, product] = [await means(GROUND), await means(PRODUCT)];
    for (const { name, alpha } of [...ground, ...product]) console.log(`${alpha.toFixed(3)}  ${name}`);
    const wrong =
      ground.some(({ alpha }) => alpha > MOST_OF_GROUND) || product.some(({ alpha }) => alpha < LEAST_OF_PRODUCT);
    if (wrong) process.exitCode = 1;
  } finally {
    await runner.close();
  }
}

async function meanAlpha(path: string, [left, top, right, bottom]: Box): Promise<number> {
  const patch = await sharp(path)
    .extract({ left, top, width: right - left, height: bottom - top })
    .extractChannel(0)
    .raw()
    .toBuffer();
  return patch.reduce((sum, value) => sum + value, 0) / patch.length / 255;
}

runProgram(main);
