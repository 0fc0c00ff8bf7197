import type { Box } from '@packshot/contracts';
import type { Pace, Plane, Raster } from '../pixels';
import type { ColourPlanes } from '../pixels/plane';
import { connectedRegions } from '../pixels/regions';
import { alphaToPlane, toPlanes, workingSize } from '../pixels/resize';
import { frameWidth } from './frame-width';

/** What can be seen in a picture of what marketplaces ask for. */
export interface Observation {
  /** The background lets through. */
  transparent: boolean;
  background: {
    /** The usual colour along the edge, bytes. */
    colour: readonly [number, number, number];
    /** How much of the edge has it, 0..1. */
    even: number;
    /** How much of the background is pure white, 0..1. */
    white: number;
  };
  /** Width and height of the product over those of the picture, 0..1; null: there is no background for it to stand out from. */
  product: { width: number; height: number; touchesEdge: boolean } | null;
  /** A frame around the picture, as a share of its shorter side; 0: none. */
  frame: number;
}

/** Of the edge that is of one colour, where there is a background to speak of. */
export const EVEN = 0.6;

const WORKING_SIDE = 800;
/** Colours nearer than this, 0..1 a channel, are one. */
const SAME = 10 / 255;
/** White but for rounding, and for what a JPEG does to it. */
const PURE = 254 / 255;
/** Less of the picture than this is a speck. */
const SPECK = 0.0005;
/** Pixels beside the product are mixed with it. */
const MIXED = 2;

/**
 * Looks at a picture as a shop's checker does. `subject`: where the product lies, where that is known; else it is what stands out from
 * the background.
 */
export async function observe(
  { colour, alpha }: { colour: Raster; alpha: Uint8Array | null },
  subject: Box | null,
  pace: Pace,
): Promise<Observation> {
  const { width, height } = workingSize(colour.width, colour.height, WORKING_SIDE);
  const planes = await toPlanes(colour, width, height, pace);
  const opacity = alpha && (await alphaToPlane(alpha, colour, width, height, pace));
  if (opacity) onWhite(planes, opacity);
  const edge = edgePixels(width, height);
  const usual = planes.map(({ data }) => median(edge.map((i) => data[i] as number))) as [number, number, number];
  const ground = groundOf(planes, usual, edge);
  const even = edge.filter((i) => ground[i] === 1).length / edge.length;
  const seen = () => (even < EVEN ? null : standingOut(ground, width, height));
  return {
    transparent: opacity !== null && median(edge.map((i) => opacity.data[i] as number)) < 0.5,
    background: {
      colour: usual.map((value) => Math.round(255 * value)) as [number, number, number],
      even,
      white: whiteShare(planes, ground, width),
    },
    product: subject === null ? seen() : shareOf(subject, colour),
    frame: frameWidth(planes, usual, SAME),
  };
}

function onWhite(planes: ColourPlanes, { data }: Plane): void {
  for (const plane of planes) {
    for (let i = 0; i < data.length; i++) {
      plane.data[i] = (plane.data[i] as number) * (data[i] as number) + 1 - (data[i] as number);
    }
  }
}

function edgePixels(width: number, height: number): number[] {
  const edge: number[] = [];
  for (let x = 0; x < width; x++) edge.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) edge.push(y * width, y * width + width - 1);
  return edge;
}

/** 1 where the background is: what has its colour and reaches the edge of the picture. */
function groundOf([red, green, blue]: ColourPlanes, usual: readonly number[], edge: readonly number[]): Uint8Array {
  const { width, height } = red;
  const ground = new Uint8Array(width * height);
  const alike = (i: number) =>
    [red, green, blue].every((plane, c) => Math.abs((plane.data[i] as number) - (usual[c] as number)) <= SAME);
  const open = edge.filter(alike);
  for (const i of open) ground[i] = 1;
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const x = i % width;
    for (const next of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
      if (next < 0 || next >= ground.length || ground[next] === 1 || !alike(next)) continue;
      ground[next] = 1;
      open.push(next);
    }
  }
  return ground;
}

function whiteShare([red, green, blue]: ColourPlanes, ground: Uint8Array, width: number): number {
  let [white, all] = [0, 0];
  for (let i = 0; i < ground.length; i++) {
    if (ground[i] === 0 || isBesideProduct(ground, i, width)) continue;
    all++;
    if (Math.min(red.data[i] as number, green.data[i] as number, blue.data[i] as number) >= PURE) white++;
  }
  return all === 0 ? 0 : white / all;
}

function isBesideProduct(ground: Uint8Array, i: number, width: number): boolean {
  for (const step of [1, width]) {
    for (let k = -MIXED; k <= MIXED; k++) if (ground[i + k * step] === 0) return true;
  }
  return false;
}

function standingOut(ground: Uint8Array, width: number, height: number): Observation['product'] {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (const { pixels } of connectedRegions(width, height, (i) => ground[i] === 0)) {
    if (pixels.length < SPECK * ground.length) continue;
    for (const i of pixels) {
      left = Math.min(left, i % width);
      right = Math.max(right, i % width);
      top = Math.min(top, Math.floor(i / width));
      bottom = Math.max(bottom, Math.floor(i / width));
    }
  }
  if (right < 0) return null;
  return shareOf({ left, top, width: right - left + 1, height: bottom - top + 1 }, { width, height });
}

function shareOf(box: Box, picture: { width: number; height: number }): Observation['product'] {
  return {
    width: box.width / picture.width,
    height: box.height / picture.height,
    touchesEdge:
      box.left <= 0 || box.top <= 0 || box.left + box.width >= picture.width || box.top + box.height >= picture.height,
  };
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
