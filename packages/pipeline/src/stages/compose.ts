import { AppError, type Box, checkOutputSize } from '@packshot/contracts';
import { type BackdropMaker, prepareBackdrop } from '../compose/backdrop';
import { blend, type Layers } from '../compose/blend';
import { clearVeil } from '../compose/clear-veil';
import { readColour } from '../compose/colour';
import { type Layout, layOut, placesProduct, type Size } from '../compose/layout';
import { matteBox } from '../compose/matte-box';
import { growMatte } from '../compose/outline';
import { type Placed, place } from '../compose/place';
import { castShadow } from '../compose/shadow';
import { createPace, type Pace, type Plane } from '../pixels';
import { alphaToPlane, workingSize } from '../pixels/resize';
import type { Parameters, Picture, Stage, StageContext } from './stage';
import { tellingPace } from './telling-pace';

/** Long side at which a shadow is made; it is soft. */
const SHADOW_SIDE = 640;
/** An enlargement by less than this is not seen. */
const NOTED_ENLARGEMENT = 1.05;
/** How often all rows are gone through before the product is placed, and after; about. */
const BEFORE = 3;
const AFTER = 3;
/** Darkness at the edge of the canvas that looks cut off. */
const CUT_OFF = 0.1;

/** Puts the cut-out on a canvas: before a background, with a shadow and an outline, cropped, scaled and placed. */
export const compose: Stage<'compose'> = {
  name: 'compose',

  needless: ({ alpha }) => (alpha === null ? 'nothing was cut out' : null),

  async run(picture, parameters, context) {
    const pace = createPace(context.signal);
    const before = tellingPace(pace, BEFORE * picture.colour.height, (fraction) => context.progress(fraction / 2));
    const { placed, backdropOf } = await layDown(picture, parameters, context, before);
    const { height } = placed.colour;
    const after = tellingPace(pace, AFTER * height, (fraction) => context.progress(0.5 + fraction / 2));
    const backdrop = await backdropOf(placed.colour);
    const rim = await makeRim(placed, parameters, context.note, after);
    picture.alpha = await blend(placed, { backdrop, ...rim }, after);
  },
};

/**
 * Places the cut-out: from then on the canvas is the picture. Gives what makes the backdrop of a canvas. A function of its own, because
 * one that waits keeps alive what its variables hold, and the former picture is to go.
 */
async function layDown(
  picture: Picture,
  parameters: Parameters<'compose'>,
  context: StageContext,
  pace: Pace,
): Promise<{ placed: Placed; backdropOf: BackdropMaker }> {
  const { colour, alpha } = picture;
  if (alpha === null) throw new AppError('no_cut_out');
  const backdropOf = await prepareBackdrop(parameters.background, { ...picture, alpha }, context, pace);
  const layout = layOut(colour, await productBox(alpha, colour, parameters, pace), parameters);
  checkOutputSize(layout.canvas, 'png', context.limits);
  noteSize(layout, context.note);
  const placed = await place(colour, alpha, layout, pace);
  await clearVeil(placed.matte, pace);
  picture.colour = placed.colour;
  picture.matte = placed.matte;
  picture.alpha = null;
  delete picture.backdrop;
  return { placed, backdropOf };
}

/** The box of the product; where the whole frame is placed it may be empty. */
async function productBox(alpha: Uint8Array, frame: Size, asked: Parameters<'compose'>, pace: Pace): Promise<Box> {
  const box = await matteBox(alpha, frame, pace);
  if (box !== null) return box;
  if (placesProduct(asked)) throw new AppError('no_cut_out', 'The cut-out is empty: there is no product to place.');
  return { left: 0, top: 0, width: frame.width, height: frame.height };
}

function noteSize({ canvas, source, placed }: Layout, note: (text: string) => void): void {
  const enlarged = placed.width / source.width;
  if (enlarged > NOTED_ENLARGEMENT) {
    note(`the product was enlarged ${enlarged.toFixed(1)} times by resampling; upscale makes it sharper`);
  }
  const { left, top, width, height } = placed;
  if (left < 0 || top < 0 || left + width > canvas.width || top + height > canvas.height) {
    note('what is placed is larger than the canvas and was cut off');
  }
}

/** Outline and shadow, of what is placed. */
async function makeRim(
  { colour, matte }: Placed,
  { outline, shadow }: Parameters<'compose'>,
  note: (text: string) => void,
  pace: Pace,
): Promise<Pick<Layers, 'outline' | 'shadow'>> {
  const cover = outline === false ? null : await growMatte(matte, colour, outline.width, pace);
  const rim = {
    outline: outline === false || cover === null ? null : { cover, colour: readColour(outline.color) },
    shadow: null,
  };
  if (shadow === false) return rim;
  const { width, height } = workingSize(colour.width, colour.height, SHADOW_SIDE);
  const darkness = await castShadow(await alphaToPlane(cover ?? matte, colour, width, height, pace), shadow, pace);
  if (darkness === null) return rim;
  if (isCutOff(darkness)) note('the shadow reaches beyond the canvas; a margin would hold it');
  const tint = readColour(shadow.color);
  return { ...rim, shadow: { darkness, colour: { ...tint, opacity: tint.opacity * shadow.opacity } } };
}

function isCutOff({ width, height, data }: Plane): boolean {
  const dark = (x: number, y: number) => (data[y * width + x] as number) > CUT_OFF;
  for (let x = 0; x < width; x++) if (dark(x, 0) || dark(x, height - 1)) return true;
  for (let y = 0; y < height; y++) if (dark(0, y) || dark(width - 1, y)) return true;
  return false;
}
