import { boxBlur } from './box-blur';
import { gaussianBlur } from './gaussian-blur';
import { toLab } from './lab';
import { type ColourPlanes, createPlane, mapPlane, type Plane, planeMean, product } from './plane';
import { connectedRegions } from './regions';

/** Shares of the lit surroundings' brightness: darker is a dark thing, lighter is hardly a shadow. */
const DEPTH = { darkest: 0.25, lightest: 0.94 };
/** Where it is night all around, nothing tells a shadow. */
const DIMMEST_LIGHT = 0.1;
/** A shadow keeps the hue of what it falls on, and nearly its saturation (Cucchiara et al. 2003); hue in turns. */
const MOST_SATURATION_CHANGE = 0.16;
const MOST_HUE_CHANGE = 1 / 6;
/** Below this saturation the hue is noise. */
const GREY = 0.12;
/** How far light is looked for around a pixel, as a share of the long side. */
const SURROUNDINGS = 0.12;
const OPENING_RADIUS = 2;
/** Smaller regions, as a share of the picture, are texture. */
const SMALLEST_REGION = 0.001;
const REACH = 6;
const FEATHER = 2.5;

/**
 * Where shadows fall, 0 or 1, by the rules of thumb of the field: dark by Murali and Govindan's test on L*a*b* ("Shadow
 * detection and removal from a single image using LAB color space", 2013), and of the hue, saturation and believable depth
 * that a shadow of its lit surroundings would have. Made for pictures of a few hundred pixels a side. A grey thing on a grey
 * ground passes for a shadow; a shadow as dark as night does not.
 */
export function findShadows(picture: ColourPlanes): Plane {
  const dark = darkByLab(toLab(picture));
  const surroundings = litSurroundings(picture, dark);
  const mask = mapPlane(dark, () => 0);
  for (let i = 0; i < mask.data.length; i++) {
    if (dark.data[i] === 1 && couldBeShadow(pixel(picture, i), pixel(surroundings, i))) mask.data[i] = 1;
  }
  return withoutSpecks(dilate(erode(mask, OPENING_RADIUS), OPENING_RADIUS));
}

/** The mask as shadow removal wants it: reaching a little beyond the shadow's edge, and soft. */
export function featherShadow(mask: Plane): Plane {
  return gaussianBlur(dilate(mask, REACH), FEATHER);
}

function darkByLab([lightness, a, b]: ColourPlanes): Plane {
  const [meanL, meanA, meanB] = [lightness, a, b].map(planeMean) as [number, number, number];
  const spread = Math.sqrt(planeMean(mapPlane(lightness, (value) => (value - meanL) ** 2)));
  // The paper writes 256 for the sum of both means: a and b lie around 128 in 8 bits.
  if (meanA + meanB <= 0) return mapPlane(lightness, (value) => (value <= meanL - spread / 3 ? 1 : 0));
  const dark = createPlane(lightness.width, lightness.height);
  for (let i = 0; i < dark.data.length; i++) {
    dark.data[i] = (lightness.data[i] as number) < meanL && (b.data[i] as number) < meanB ? 1 : 0;
  }
  return dark;
}

/** The colour around each pixel of what is not dark; black where nothing is. */
function litSurroundings(picture: ColourPlanes, dark: Plane): ColourPlanes {
  const sigma = SURROUNDINGS * Math.max(dark.width, dark.height);
  const lit = mapPlane(dark, (value) => 1 - value);
  const seen = gaussianBlur(lit, sigma);
  return picture.map((plane) => {
    const sum = gaussianBlur(product(plane, lit), sigma);
    for (let i = 0; i < sum.data.length; i++) {
      const weight = seen.data[i] as number;
      sum.data[i] = weight > 1e-3 ? (sum.data[i] as number) / weight : 0;
    }
    return sum;
  }) as unknown as ColourPlanes;
}

type Colour = [red: number, green: number, blue: number];

function pixel([red, green, blue]: ColourPlanes, i: number): Colour {
  return [red.data[i] as number, green.data[i] as number, blue.data[i] as number];
}

function couldBeShadow(colour: Colour, lit: Colour): boolean {
  const [hue, saturation, value] = toHsv(colour);
  const [litHue, litSaturation, litValue] = toHsv(lit);
  if (litValue < DIMMEST_LIGHT) return false;
  if (value < DEPTH.darkest * litValue || value > DEPTH.lightest * litValue) return false;
  if (Math.abs(saturation - litSaturation) > MOST_SATURATION_CHANGE) return false;
  if (Math.min(saturation, litSaturation) < GREY) return true;
  const apart = Math.abs(hue - litHue);
  return Math.min(apart, 1 - apart) <= MOST_HUE_CHANGE;
}

/** Hue in turns, saturation and value 0..1. */
function toHsv([red, green, blue]: Colour): [hue: number, saturation: number, value: number] {
  const value = Math.max(red, green, blue);
  const span = value - Math.min(red, green, blue);
  if (span === 0) return [0, 0, value];
  const sixth =
    value === red ? (green - blue) / span : value === green ? 2 + (blue - red) / span : 4 + (red - green) / span;
  return [(((sixth / 6) % 1) + 1) % 1, span / value, value];
}

function withoutSpecks(mask: Plane): Plane {
  const { width, height, data } = mask;
  for (const { pixels } of connectedRegions(width, height, (i) => data[i] === 1)) {
    if (pixels.length < SMALLEST_REGION * data.length) for (const i of pixels) data[i] = 0;
  }
  return mask;
}

/** The mask grown by a square of side 2 * radius + 1. */
export function dilate(mask: Plane, radius: number): Plane {
  const least = 0.5 / (2 * radius + 1) ** 2;
  return mapPlane(boxBlur(mask, radius), (mean) => (mean > least ? 1 : 0));
}

function erode(mask: Plane, radius: number): Plane {
  const most = 1 - 0.5 / (2 * radius + 1) ** 2;
  return mapPlane(boxBlur(mask, radius), (mean) => (mean > most ? 1 : 0));
}
