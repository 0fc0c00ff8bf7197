import { applyGain, createPace, measureShadow, type Pace, type Plane, type Raster, retinexGain } from '../pixels';
import { applyColourGain } from '../pixels/colour-gain';
import { planeMean } from '../pixels/plane';
import { resizePlane, toPlanes, workingSize } from '../pixels/resize';
import { findShadows } from '../pixels/shadow-mask';
import { maskPlane } from '../prompt/mask-from-logits';
import { promptedMask } from '../prompt/prompted-mask';
import { findShadow, findsShadows } from './lift-shadow';
import { removeShadow } from './remove-shadow';
import type { Parameters, Stage, StageContext } from './stage';

/** Mean relative darkening of the backdrop; below it a cast shadow is hardly seen. */
const VISIBLE_SHADOW = 0.01;
/** Mean relative darkening that a network finds; what it sees in photos without shadows is less. */
const FOUND_SHADOW = 0.002;
/** Less of the picture in shadow than this is not worth a network's run. */
const SMALLEST_SHARE = 0.002;
/** Long side at which shadows are looked for. */
const MASK_SIDE = 640;
/** Relative lift of a soft shadow that counts as one. */
const SOFT_SHADOW = 1.03;

/** Evens out shadows; `mode: keep` leaves them, and has the cut-out take the product's own along. */
export const shadow: Stage<'shadow'> = {
  name: 'shadow',

  async needless({ colour }, { mode, engine, mask }, pace, network) {
    if (engine === 'retinex') {
      const measured = await measureShadow(colour, pace);
      return measured < VISIBLE_SHADOW ? `no shadow on the backdrop (measured ${measured.toFixed(3)})` : null;
    }
    if (typeof mask === 'object') return null;
    const model = mode === 'remove' ? await network() : null;
    if (model !== null && findsShadows(model.record)) {
      const { darkening } = await findShadow(model, colour, null, pace);
      return darkening < FOUND_SHADOW ? `no shadow found (measured ${darkening.toFixed(4)})` : null;
    }
    const share = planeMean(await hardShadows(colour, pace));
    return share < SMALLEST_SHARE ? `no shadow found (${(share * 100).toFixed(1)} % of the picture)` : null;
  },

  async run(picture, parameters, context) {
    const { colour } = picture;
    const { mode, engine, strength } = parameters;
    const pace = createPace(context.signal);
    if (mode === 'keep') {
      picture.keptShadow = (await pointedAt(colour, parameters, context)) ?? (await allShadows(colour, pace));
      context.note('shadows kept as asked');
      return;
    }
    if (engine === 'retinex') {
      await applyGain(colour, await retinexGain(colour, pace, strength), pace);
      return;
    }
    const network = await context.network();
    if (findsShadows(network.record)) {
      const found = await findShadow(network, colour, await pointedAt(colour, parameters, context), pace);
      await applyColourGain(colour, found.gain, strength, pace);
      context.note(`shadows measured ${found.darkening.toFixed(4)}`);
      return;
    }
    const mask = (await pointedAt(colour, parameters, context)) ?? (await hardShadows(colour, pace));
    const share = planeMean(mask);
    context.note(`shadow found on ${(share * 100).toFixed(1)} % of the picture`);
    if (share > 0) await removeShadow(network, colour, mask, { strength, signal: context.signal });
  },
};

async function hardShadows(colour: Raster, pace: Pace): Promise<Plane> {
  const { width, height } = workingSize(colour.width, colour.height, MASK_SIDE);
  return findShadows(await toPlanes(colour, width, height, pace));
}

/** With the soft ones on a studio's backdrop, which no rule of thumb finds. */
async function allShadows(colour: Raster, pace: Pace): Promise<Plane> {
  const hard = await hardShadows(colour, pace);
  const soft = resizePlane((await retinexGain(colour, pace)).gain, hard.width, hard.height);
  for (let i = 0; i < hard.data.length; i++) if ((soft.data[i] as number) > SOFT_SHADOW) hard.data[i] = 1;
  return hard;
}

/** The shadow that the user pointed at, 0 or 1; null when nobody did. */
async function pointedAt(
  colour: Raster,
  { mask }: Parameters<'shadow'>,
  { networkFor, embeddings, signal, note }: StageContext,
): Promise<Plane | null> {
  if (typeof mask !== 'object') return null;
  const network = await networkFor('prompt', mask.model);
  const { embedding, origin } = await embeddings.of(network, colour, {}, createPace(signal));
  note(`image embedding: ${origin}`);
  const { logits } = await promptedMask(network, embedding, { ...mask, best_of: 3 }, colour);
  const { width, height } = workingSize(colour.width, colour.height, MASK_SIDE);
  return maskPlane(logits, width, height, 0);
}
