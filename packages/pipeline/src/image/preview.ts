import type { FileFacts } from '@packshot/contracts';
import type { Pace } from '../pixels';
import { alphaToPlane, toPlanes, workingSize } from '../pixels/resize';
import type { Picture } from '../stages/stage';
import { encodePicture } from './encode';

const SIDE = 512;
const QUALITY = 80;

type Still = Pick<Picture, 'colour' | 'alpha'>;

/**
 * Writes a small JPEG of the picture, before `background` (#rrggbb) where it is transparent.
 * @throws storage_error, the signal's reason
 */
export async function encodePreview(picture: Still, background: string, path: string, pace: Pace): Promise<FileFacts> {
  const small = await smallCopy(picture, SIDE, pace);
  return encodePicture(small, null, path, 'jpeg', { quality: QUALITY, background });
}

/** A copy in RGB whose longer side is at most `side`. */
export async function smallCopy({ colour, alpha }: Still, side: number, pace: Pace): Promise<Still> {
  const { width, height } = workingSize(colour.width, colour.height, side);
  const planes = await toPlanes(colour, width, height, pace);
  const data = new Uint8Array(3 * width * height);
  planes.forEach((plane, c) => {
    plane.data.forEach((value, i) => {
      data[3 * i + c] = Math.round(255 * value);
    });
  });
  const small = alpha === null ? null : toBytes((await alphaToPlane(alpha, colour, width, height, pace)).data);
  return { colour: { width, height, channels: 3 as const, data }, alpha: small };
}

function toBytes(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value) => Math.round(255 * value));
}
