import { sharp } from '../image/loaders';
import { type Network, runNetwork } from '../models/network';
import { estimateForeground, type Plane, type Raster, refineColour, toPlanes } from '../pixels';
import type { Stage } from './stage';

/** Share of pixels that must be see-through before an input counts as cut out already. */
const TRANSPARENT_SHARE = 0.01;

/** Cuts the product out: the network's small alpha, sharpened with the photo at full size, times the input's own alpha. */
export const background: Stage<'background'> = {
  name: 'background',

  needless({ alpha }) {
    if (alpha === null) return null;
    let clear = 0;
    for (const value of alpha) if (value < 128) clear++;
    const share = clear / alpha.length;
    return share > TRANSPARENT_SHARE ? `${(share * 100).toFixed(0)} % of the input is transparent already` : null;
  },

  async run(picture, parameters, context) {
    const { colour } = picture;
    const coarse = await coarseAlpha(await context.network(), colour);
    context.progress(0.3);
    const alpha = parameters.matting === 'guided' ? guided(colour, coarse, context.note) : await plain(colour, coarse);
    if (parameters.threshold !== undefined) binarise(alpha, parameters.threshold);
    if (picture.alpha !== null) multiply(alpha, picture.alpha);
    picture.alpha = alpha;
    context.progress(0.7);
    if (parameters.decontaminate) estimateForeground(colour, alpha);
  },
};

/** The network's alpha, 0..1, squashed to the network's own size. */
async function coarseAlpha({ record, session }: Network, colour: Raster): Promise<Plane> {
  const { size, range, mean, std } = record.contract.input;
  if (size.policy !== 'stretch') throw new Error(`${record.id} is not a network for whole pictures`);
  const { width, height } = size;
  const data = new Float32Array(3 * width * height);
  toPlanes(colour, width, height).forEach((plane, channel) => {
    const [shift, divisor] = [mean[channel] as number, std[channel] as number];
    for (let i = 0; i < plane.data.length; i++) {
      data[channel * width * height + i] = ((plane.data[i] as number) * range - shift) / divisor;
    }
  });
  const answer = await runNetwork({ record, session }, { data, dims: [1, 3, height, width] });
  return { width, height, data: answer.data };
}

function guided(colour: Raster, coarse: Plane, note: (text: string) => void): Uint8Array {
  const { alpha, confidence } = refineColour(colour, coarse);
  note(`cut-out confidence ${confidence.toFixed(2)}`);
  return alpha;
}

async function plain(colour: Raster, coarse: Plane): Promise<Uint8Array> {
  const bytes = Uint8ClampedArray.from(coarse.data, (value) => value * 255);
  return sharp(bytes, { raw: { width: coarse.width, height: coarse.height, channels: 1 } })
    .resize(colour.width, colour.height, { fit: 'fill', kernel: 'cubic' })
    .extractChannel(0)
    .raw()
    .toBuffer();
}

function binarise(alpha: Uint8Array, threshold: number): void {
  for (let i = 0; i < alpha.length; i++) alpha[i] = (alpha[i] as number) >= threshold * 255 ? 255 : 0;
}

function multiply(alpha: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < alpha.length; i++) alpha[i] = Math.round(((alpha[i] as number) * (other[i] as number)) / 255);
}
