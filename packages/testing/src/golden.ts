import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { decodeRaw, fromRaw, type RawImage } from './raw-image';
import { repositoryRoot } from './repository-root';

/** How far an image may be from its golden, in 8-bit levels: the worst channel of any pixel, and the mean of all. */
export interface Tolerance {
  maxDifference: number;
  meanDifference: number;
}

/** A pixel difference this small is drawn this bright. */
const DIFFERENCE_GAIN = 16;

/**
 * Compares an image, encoded or raw, with the PNG at `goldenPath`: size and channels first, then pixels. Colour does not
 * count where both are fully transparent.
 *
 * When it fails it saves `<name>.actual.png`, `.expected.png` and `.difference.png` under `test-output/` and throws what
 * was measured. `UPDATE_GOLDEN=1` writes the golden instead of comparing; without it a missing golden is a failure.
 */
export async function expectGolden(
  image: RawImage | Uint8Array,
  goldenPath: string,
  tolerance: Tolerance,
): Promise<void> {
  const actual = image instanceof Uint8Array ? await decodeRaw(image) : image;
  if (process.env.UPDATE_GOLDEN === '1') {
    await mkdir(dirname(goldenPath), { recursive: true });
    await writeFile(goldenPath, await toPng(actual));
    return;
  }
  const expected = await decodeRaw(await readGolden(goldenPath));
  const fault = compareImages(actual, expected, tolerance);
  if (fault !== null) throw new Error(`${fault} Saved: ${await saveEvidence(actual, expected, goldenPath)}`);
}

/** What is wrong with `actual`, in a sentence, or null when it is within the tolerance. */
export function compareImages(actual: RawImage, expected: RawImage, tolerance: Tolerance): string | null {
  const [got, wanted] = [shape(actual), shape(expected)];
  if (got !== wanted) return `The image is ${got}, expected ${wanted}.`;
  const differences = differencesOf(actual, expected);
  let [sum, worst, worstAt] = [0, 0, 0];
  differences.forEach((difference, index) => {
    sum += difference;
    if (difference > worst) [worst, worstAt] = [difference, index];
  });
  const mean = sum / differences.length;
  if (worst <= tolerance.maxDifference && mean <= tolerance.meanDifference) return null;
  const pixel = Math.floor(worstAt / actual.channels);
  const place = `channel ${worstAt % actual.channels} of (${pixel % actual.width}, ${Math.floor(pixel / actual.width)})`;
  return (
    `The image differs by up to ${worst} levels (allowed: ${tolerance.maxDifference}) at ${place}, ` +
    `and by ${mean.toFixed(3)} on average (allowed: ${tolerance.meanDifference}).`
  );
}

const shape = ({ width, height, channels }: RawImage) => `${width}x${height} with ${channels} channels`;

/** The absolute difference of every sample, in the layout of the images. */
function differencesOf(actual: RawImage, expected: RawImage): Uint8Array {
  const { channels } = actual;
  const alphaChannel = channels === 2 || channels === 4 ? channels - 1 : null;
  return actual.data.map((value, index) => {
    if (alphaChannel !== null) {
      const alphaAt = index - (index % channels) + alphaChannel;
      if (actual.data[alphaAt] === 0 && expected.data[alphaAt] === 0) return 0;
    }
    return Math.abs(value - (expected.data[index] ?? 0));
  });
}

async function readGolden(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`There is no golden image ${path}: look at the result, then write it with UPDATE_GOLDEN=1`, {
      cause: error,
    });
  }
}

async function saveEvidence(actual: RawImage, expected: RawImage, goldenPath: string): Promise<string> {
  const base = join(repositoryRoot(), 'test-output', basename(goldenPath, '.png'));
  await mkdir(dirname(base), { recursive: true });
  await writeFile(`${base}.actual.png`, await toPng(actual));
  await writeFile(`${base}.expected.png`, await toPng(expected));
  if (shape(actual) === shape(expected)) {
    await writeFile(`${base}.difference.png`, await toPng(visible(differencesOf(actual, expected), actual)));
  }
  return `${base}.*.png`;
}

/** The differences as a grey picture: the worst channel of each pixel, brightened. */
function visible(differences: Uint8Array, { width, height, channels }: RawImage): RawImage {
  const data = new Uint8Array(width * height).map((_, pixel) => {
    const worst = Math.max(...differences.subarray(pixel * channels, (pixel + 1) * channels));
    return Math.min(255, worst * DIFFERENCE_GAIN);
  });
  return { data, width, height, channels: 1 };
}

function toPng(image: RawImage): Promise<Buffer> {
  return fromRaw(image).png().toBuffer();
}
