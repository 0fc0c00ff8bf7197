import { createPace, createPlane, type Plane, type Raster, trimapFromAlpha } from '../../pixels';
import { gaussianBlur } from '../../pixels/gaussian-blur';
import { applyGuided, guidedCoefficients } from '../../pixels/guided-filter';
import { UNKNOWN } from '../../pixels/matting/trimap';
import { toPlanes } from '../../pixels/resize';
import { solveEdge } from '../../stages/solve-edge';
import type { Bench } from './bench';
import { sadWhere } from './matte-measures';
import { meanFigures, type Row, type Section } from './section';
import { readShards } from './shards';

/** The blur that stands for a small network's coarse answer, in pixels of a render. */
const COARSE_SIGMA = 2;
/** As cut-outs of strong networks are refined. */
const GUIDED = { radius: 4, epsilon: 1e-5 };
const pace = createPace(new AbortController().signal);

interface Problem {
  picture: Raster;
  truth: Plane;
  /** The exact alpha out of focus, width * height bytes. */
  coarse: Uint8Array;
  trimap: Uint8Array;
}

type Solve = (problem: Problem) => Promise<Uint8Array>;

/** The unknown band of renders that no model was trained on, solved from one coarse alpha and its trimap by all. */
export async function scoreMattings(bench: Bench, folder: string, name: string, count: number): Promise<Section> {
  const problems: Problem[] = [];
  for (const { picture, alpha } of await readShards(folder, count)) {
    const coarse = toBytes(gaussianBlur(alpha, COARSE_SIGMA));
    const trimap = await trimapFromAlpha(coarse, picture, pace);
    if (trimap.includes(UNKNOWN)) problems.push({ picture, truth: alpha, coarse, trimap });
  }
  const rows: Row[] = [];
  const score = async (name: string, solve: Solve, bytes?: number) => {
    const all: Row['figures'][] = [];
    for (const problem of problems) {
      const { picture, truth, trimap } = problem;
      const before = process.cpuUsage();
      const alpha = await solve(problem);
      const { user, system } = process.cpuUsage(before);
      const found = {
        ...createPlane(truth.width, truth.height),
        data: Float32Array.from(alpha, (value) => value / 255),
      };
      all.push({
        'SAD (k) in the band': sadWhere(found, truth, (i) => trimap[i] === UNKNOWN),
        'core s/MP': (user + system) / (picture.width * picture.height),
        ...(bytes !== undefined && { MB: bytes / 1e6 }),
      });
    }
    rows.push({ name, figures: meanFigures(all) });
  };
  await score('coarse alpha', async ({ coarse }) => coarse);
  await score('guided filter', guided);
  await score('closed form', (problem) => solved(bench, problem, { matting: 'closed-form' }));
  for (const { record, bytes } of await bench.installed('matting')) {
    const asked = { matting: 'vitmatte', matting_model: record.id } as const;
    await score(record.id, (problem) => solved(bench, problem, asked), bytes);
  }
  const base = rows[1]?.figures['SAD (k) in the band'] ?? Number.NaN;
  for (const { figures } of rows)
    figures['against guided %'] = 100 * ((figures['SAD (k) in the band'] ?? 0) / base - 1);
  const columns = { 'SAD (k) in the band': 3, 'against guided %': 1, 'core s/MP': 2, MB: 1 };
  return { title: `matting: ${problems.length} renders (${name})`, columns, rows };
}

async function guided({ picture, coarse }: Problem): Promise<Uint8Array> {
  const { width, height } = picture;
  const guide = await toPlanes(picture, width, height, pace);
  const target = { ...createPlane(width, height), data: Float32Array.from(coarse, (value) => value / 255) };
  return applyGuided(picture, guidedCoefficients(guide, target, GUIDED), { low: 0, high: 1 }, pace);
}

async function solved(
  { networks }: Bench,
  { picture, coarse }: Problem,
  asked: { matting: 'closed-form' } | { matting: 'vitmatte'; matting_model: string },
): Promise<Uint8Array> {
  const alpha = coarse.slice();
  await solveEdge(
    picture,
    alpha,
    { matting_model: undefined, alpha_matting: undefined, ...asked },
    {
      networkFor: (task, id) => networks.get(task, id),
      ...{ signal: new AbortController().signal, progress: () => undefined, note: () => undefined },
    },
  );
  return alpha;
}

function toBytes({ data }: Plane): Uint8Array {
  return new Uint8Array(Uint8ClampedArray.from(data, (value) => value * 255).buffer);
}
