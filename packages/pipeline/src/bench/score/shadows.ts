import type { Raster } from '../../pixels';
import type { Bench } from './bench';
import { copyRaster } from './rasters';
import { mean, type Row, type Section } from './section';
import { readShards } from './shards';

/** Steps of 255 by which a pixel must be darker than without the shadow to count as in it. */
const VISIBLE = 4;

interface Shadowed {
  picture: Raster;
  clean: Raster;
  inside: Uint8Array;
}

/** Shadows taken out of renders that no model was trained on; errors in steps of 255, the mean over all pixels of all renders. */
export async function scoreShadows(bench: Bench, folder: string, name: string, count: number): Promise<Section> {
  const renders = (await readShards(folder, count)).flatMap(({ picture, clean }) =>
    clean === null ? [] : [{ picture, clean, inside: shadowed(picture, clean) }],
  );
  const rows: Row[] = [
    {
      name: 'input as it is',
      figures: figuresOf(
        renders,
        renders.map(({ picture }) => picture),
      ),
    },
  ];
  const score = async (name: string, shadow: object, bytes?: number) => {
    const answers: Raster[] = [];
    const seconds: number[] = [];
    for (const { picture } of renders) {
      const after = { colour: copyRaster(picture), alpha: null };
      const { coreSeconds } = await bench.run({ shadow }, after);
      seconds.push((coreSeconds * 1e6) / (picture.width * picture.height));
      answers.push(after.colour);
    }
    const figures = { ...figuresOf(renders, answers), 'core s/MP': mean(seconds) };
    rows.push({ name, figures: { ...figures, ...(bytes !== undefined && { MB: bytes / 1e6 }) } });
  };
  await score('Multi-Scale Retinex', { engine: 'retinex' });
  for (const { record, bytes } of await bench.installed('shadow')) {
    await score(record.id, { engine: 'model', model: record.id }, bytes);
  }
  const columns = { 'error inside': 2, 'change inside %': 1, 'change elsewhere': 2, 'core s/MP': 2, MB: 1 };
  return { title: `shadow: ${renders.length} renders (${name})`, columns, rows };
}

/** Where the picture is darker than it would be without the shadow: 1. */
function shadowed({ data, width, height }: Raster, clean: Raster): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const darker = sumOf(clean.data, i) - sumOf(data, i);
    return Number(darker > 3 * VISIBLE);
  });
}

function sumOf(data: Uint8Array, i: number): number {
  return (data[i * 3] as number) + (data[i * 3 + 1] as number) + (data[i * 3 + 2] as number);
}

function figuresOf(renders: readonly Shadowed[], answers: readonly Raster[]): Row['figures'] {
  let [before, after, inside, change, outside] = [0, 0, 0, 0, 0];
  for (const [k, { picture, clean, inside: shade }] of renders.entries()) {
    const answer = answers[k] as Raster;
    for (let i = 0; i < picture.data.length; i++) {
      const [was, is, should] = [picture.data[i], answer.data[i], clean.data[i]] as [number, number, number];
      if (shade[Math.trunc(i / 3)] === 1) {
        before += Math.abs(was - should);
        after += Math.abs(is - should);
        inside++;
      } else {
        change += Math.abs(is - was);
        outside++;
      }
    }
  }
  return {
    'error inside': after / inside,
    'change inside %': 100 * (after / before - 1),
    'change elsewhere': change / outside,
  };
}
