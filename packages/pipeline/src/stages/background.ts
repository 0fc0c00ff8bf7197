import { cropAnswer, fitPicture } from '../models/fit-picture';
import { type Network, runNetwork } from '../models/network';
import { createPace, estimateForeground } from '../pixels';
import { cutoutConfidence } from '../pixels/confidence';
import { layUnder, ownShadow } from '../pixels/kept-shadow';
import { carryMask, FITTING, finish } from './compatibility';
import { promptedAlpha } from './prompted-alpha';
import { refineAlpha } from './refine-alpha';
import { solveEdge } from './solve-edge';
import type { Parameters, Picture, Stage, StageContext } from './stage';
import { withinRegion } from './within-region';

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
    const { region, ...anywhere } = parameters;
    if (region !== undefined) {
      return withinRegion(picture, region, (part) => background.run(part, anywhere, context));
    }
    const { colour } = picture;
    const network = await context.network();
    const { prompt } = parameters;
    const alpha =
      prompt === undefined
        ? await foundAlpha(picture, network, parameters, context)
        : await promptedAlpha(picture, network, { ...parameters, prompt }, context);
    context.progress(0.3);
    await solveEdge(colour, alpha, parameters, {
      ...context,
      progress: (fraction) => context.progress(0.3 + 0.4 * fraction),
    });
    if (parameters.threshold !== undefined) binarise(alpha, parameters.threshold);
    if (picture.alpha !== null) multiply(alpha, picture.alpha);
    picture.alpha = alpha;
    context.progress(0.7);
    const pace = createPace(context.signal);
    if (parameters.decontaminate) await estimateForeground(colour, alpha, pace);
    const { keptShadow } = picture;
    if (keptShadow !== undefined) {
      await layUnder(colour, alpha, await ownShadow(colour, alpha, keptShadow, pace), pace);
    }
  },
};

/** The network's own idea of what the product is. */
async function foundAlpha(
  { colour, unlifted }: Picture,
  network: Network,
  { compatibility, matting }: Parameters<'background'>,
  context: StageContext,
): Promise<Uint8Array> {
  const { record } = network;
  const pace = createPace(context.signal);
  const fitted = await fitPicture(record, unlifted ?? colour, pace, FITTING[compatibility]);
  const coarse = cropAnswer(await runNetwork(network, [fitted.tensor], context.note), fitted.content);
  finish(coarse, compatibility);
  context.sure(cutoutConfidence(coarse));
  return compatibility !== 'none' && matting === 'none'
    ? carryMask(coarse, colour, compatibility, pace)
    : refineAlpha(matting, { colour, coarse, record, ...context });
}

function binarise(alpha: Uint8Array, threshold: number): void {
  for (let i = 0; i < alpha.length; i++) alpha[i] = (alpha[i] as number) >= threshold * 255 ? 255 : 0;
}

function multiply(alpha: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < alpha.length; i++) alpha[i] = Math.round(((alpha[i] as number) * (other[i] as number)) / 255);
}
