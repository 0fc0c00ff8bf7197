import type { ModelRecord } from '../models/record';
import { createPace, type Pace, type Plane, type Raster, refineColour } from '../pixels';
import { applyGuided, guidedCoefficients } from '../pixels/guided-filter';
import { resampleBytes } from '../pixels/resample';
import { resizePlane, toPlanes, workingSize } from '../pixels/resize';
import type { Parameters } from './stage';

/** A strong network's answer is followed closely: the working size is its own or more, the window small. */
const EDGE = { longSide: 1024, radius: 4, epsilon: 1e-5 };

export interface Refinement {
  colour: Raster;
  /** The network's alpha, 0..1, of any size; it shows the whole picture. */
  coarse: Plane;
  /** Whose alpha it is. */
  record: ModelRecord;
  signal: AbortSignal;
}

/** A coarse alpha at the picture's own size, width * height bytes. */
export async function refineAlpha(
  kind: Parameters<'background'>['matting'],
  { colour, coarse, record, signal }: Refinement,
): Promise<Uint8Array> {
  const pace = createPace(signal);
  if (kind === 'none') return plain(colour, coarse, record, pace);
  return record.refine === 'colour' ? refineColour(colour, coarse, pace) : guided(colour, coarse, pace);
}

/** Back to the picture's size by the filter that took it to the network's. */
function plain(colour: Raster, coarse: Plane, { size }: ModelRecord, pace: Pace): Promise<Uint8Array> {
  const filter = size !== undefined && 'resample' in size && size.resample !== 'area' ? size.resample : 'bicubic';
  const data = new Uint8Array(coarse.data.length);
  new Uint8ClampedArray(data.buffer).set(coarse.data.map((value) => value * 255));
  return resampleBytes(
    { width: coarse.width, height: coarse.height, channels: 1, data },
    colour.width,
    colour.height,
    filter,
    pace,
  );
}

async function guided(colour: Raster, coarse: Plane, pace: Pace): Promise<Uint8Array> {
  const { width, height } = workingSize(colour.width, colour.height, EDGE.longSide);
  const guide = await toPlanes(colour, width, height, pace);
  const coefficients = guidedCoefficients(guide, resizePlane(coarse, width, height), EDGE);
  return applyGuided(colour, coefficients, { low: 0, high: 1 }, pace);
}
