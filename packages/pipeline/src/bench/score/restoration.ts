import { runNetwork } from '../../models/network';
import type { ModelTask } from '../../models/record';
import type { Bench, Installed } from './bench';
import { type Case, type Cases, readFloats } from './cases';
import { NOT_AVAILABLE } from './lpips';
import { blockiness, type FloatPicture, gradientEnergy, psnr, ssim } from './picture-measures';
import { toFloats, toRaster } from './rasters';
import { mean, meanFigures, type Row, type Section } from './section';

/** The task that a suite of cases is for, and the fault by which all measures of pictures are shown. */
const SUITES: Readonly<Record<string, { task: ModelTask; main: string; scale?: 2 | 4 }>> = {
  denoise: { task: 'denoise', main: 'sigma 25' },
  deblur: { task: 'deblur', main: 'motion' },
  'upscale x2': { task: 'upscale', main: 'degraded', scale: 2 },
  'upscale x4': { task: 'upscale', main: 'degraded', scale: 4 },
};
/** Blurs that count for what deblurring gains; a sharp picture has nothing to gain. */
const BLURS = ['motion', 'defocus', 'gaussian'];

interface Answer {
  picture: FloatPicture;
  coreSeconds?: number;
}

interface Method {
  name: string;
  bytes?: number;
  /** Null where the method has nothing to say of a case. */
  answer(one: Case): Promise<Answer | null>;
}

/** PSNR by fault for denoising, deblurring and enlarging, and for one fault of each what else can be measured. */
export async function scoreRestoration(bench: Bench, folder: string, cases: Cases): Promise<Section[]> {
  const sections: Section[] = [];
  for (const [suite, { task, main, scale }] of Object.entries(SUITES)) {
    const own = cases.cases.filter((one) => one.suite === suite);
    const methods = [...withoutWeights(folder, own), ...(await networks(bench, folder, task, scale))];
    const faults = [...new Set(own.map(({ fault }) => fault))];
    const [byFault, atMain]: [Row[], Row[]] = [[], []];
    for (const method of methods) {
      const scored = await scoreMethod(method, folder, own, { main, lpips: bench.lpips });
      if (scored === null) continue;
      byFault.push({ name: method.name, figures: scored.byFault });
      atMain.push({ name: method.name, figures: scored.atMain });
    }
    compare(suite, byFault);
    const gain = suite === 'denoise' ? [] : [suite === 'deblur' ? 'mean gain' : 'over Lanczos-3'];
    const columns = Object.fromEntries([...faults, ...gain].map((name) => [name, 2]));
    sections.push({ title: `${suite}: PSNR in dB`, columns, rows: byFault });
    sections.push({ title: `${suite}: ${main}`, columns: MEASURES, rows: atMain });
  }
  return sections;
}

const MEASURES = {
  ...{ PSNR: 2, SSIM: 4, LPIPS: 4, 'gradient energy': 2, blockiness: 3 },
  ...{ 'core s/MP': 2, MB: 2 },
};

function withoutWeights(folder: string, cases: readonly Case[]): Method[] {
  const names = new Set(cases.flatMap(({ baselines }) => Object.keys(baselines)));
  const baselines = [...names].map((name) => ({
    name,
    answer: async ({ baselines }: Case) => {
      const file = baselines[name];
      return file === undefined ? null : { picture: await readFloats(folder, file) };
    },
  }));
  const sameSize = ({ input, truth }: Case) => input.width === truth.width;
  const asItIs: Method = {
    name: 'input as it is',
    answer: async (one) => (sameSize(one) ? { picture: await readFloats(folder, one.input) } : null),
  };
  return cases.some(sameSize) ? [asItIs, ...baselines] : baselines;
}

async function networks(bench: Bench, folder: string, task: ModelTask, scale?: 2 | 4): Promise<Method[]> {
  return (await bench.installed(task)).map(({ record, bytes }) => ({
    name: record.id,
    bytes,
    answer: async ({ input }) => restore(bench, record, await readFloats(folder, input), scale),
  }));
}

/**
 * Noise that is not clipped fits no file, so a network whose tiles may have any size gets the floats themselves. Others, and
 * what takes more than one run, go through the stage, in 8 bits.
 */
async function restore(
  bench: Bench,
  { id, task, size }: Installed['record'],
  input: FloatPicture,
  scale?: 2 | 4,
): Promise<Answer> {
  if (scale === undefined && size?.policy === 'tile' && !size.fixed) {
    const network = await bench.networks.get(task, id);
    const before = process.cpuUsage();
    const { width, height, data } = input;
    const answer = await runNetwork(network, [{ data: data.slice(), dims: [1, 3, height, width] }]);
    const { user, system } = process.cpuUsage(before);
    return { picture: { width, height, data: answer.data }, coreSeconds: (user + system) / 1e6 };
  }
  const picture = { colour: toRaster(input), alpha: null };
  const { coreSeconds } = await bench.run({ [task]: { model: id, ...(scale && { scale }) } }, picture);
  return { picture: toFloats(picture.colour), coreSeconds };
}

async function scoreMethod(
  method: Method,
  folder: string,
  cases: readonly Case[],
  { main, lpips }: Pick<Bench, 'lpips'> & { main: string },
): Promise<{ byFault: Row['figures']; atMain: Row['figures'] } | null> {
  const decibels = new Map<string, number[]>();
  const measures: Row['figures'][] = [];
  for (const one of cases) {
    const answer = await method.answer(one);
    if (answer === null) continue;
    const truth = await readFloats(folder, one.truth);
    const { picture, coreSeconds } = answer;
    if (picture.width !== truth.width) return null;
    const value = psnr(picture, truth);
    decibels.set(one.fault, [...(decibels.get(one.fault) ?? []), value]);
    if (one.fault !== main) continue;
    const distance = await lpips(picture, truth);
    const megapixels = (one.input.width * one.input.height) / 1e6;
    measures.push({
      ...{ PSNR: value, SSIM: ssim(picture, truth), 'gradient energy': gradientEnergy(picture) },
      ...{ blockiness: blockiness(picture, gridOf(one)), ...(distance !== NOT_AVAILABLE && { LPIPS: distance }) },
      ...(coreSeconds !== undefined && { 'core s/MP': coreSeconds / megapixels }),
      ...(method.bytes !== undefined && { MB: method.bytes / 1e6 }),
    });
  }
  const means = [...decibels].map(([fault, values]) => [fault, mean(values)]);
  return { byFault: Object.fromEntries(means), atMain: meanFigures(measures) };
}

/** Where JPEG's blocks of eight pixels are after enlarging. */
function gridOf({ input, truth }: Case): number {
  return (8 * truth.width) / input.width;
}

/** What a row has gained over the row that the issue of each suite is measured against. */
function compare(suite: string, rows: readonly Row[]): void {
  const base = rows.find(({ name }) => name === (suite === 'deblur' ? 'input as it is' : 'Lanczos-3 (Pillow)'));
  if (base === undefined) return;
  for (const { figures } of rows) {
    const over = (fault: string) => (figures[fault] ?? Number.NaN) - (base.figures[fault] ?? Number.NaN);
    if (suite === 'deblur') figures['mean gain'] = mean(BLURS.map(over));
    else figures['over Lanczos-3'] = over('clean');
  }
}
