import type { ComposeShadow } from '@packshot/contracts';
import { createPlane, type Pace, type Plane } from '../pixels';
import { boxBlur } from '../pixels/box-blur';
import { gaussianBlur } from '../pixels/gaussian-blur';

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Shares of the product's longer side. */
const USUAL: Record<ComposeShadow['kind'], { distance: number; softness: number }> = {
  drop: { distance: 0.03, softness: 0.02 },
  ground: { distance: 0.22, softness: 0.025 },
  contact: { distance: 0, softness: 0.02 },
  floating: { distance: 0.08, softness: 0.05 },
};

/** A shadow on the floor is flat: its direction is never nearer to the horizontal than this (sine). */
const FLATTEST = 0.12;
/** Away from the foot a cast shadow grows softer and fainter, up to these. */
const FAR = { blur: 2, fade: 0.65 };
/** A floating product's shadow over its width. */
const WIDE = 0.94;
/** What is within this share of the product's height above the floor touches it. */
const TOUCHES = 0.08;

/**
 * The shadow of a silhouette (0..1 at a working size), 0..1 of full darkness, at the same size. Null when there is no silhouette.
 */
export async function castShadow(
  silhouette: Plane,
  { kind, angle, ...asked }: ComposeShadow,
  pace: Pace,
): Promise<Plane | null> {
  const box = boxOf(silhouette);
  if (box === null) return null;
  const size = Math.max(box.right - box.left, box.bottom - box.top);
  const distance = (asked.distance ?? USUAL[kind].distance) * size;
  const sigma = (asked.softness ?? USUAL[kind].softness) * size;
  const radians = (angle * Math.PI) / 180;
  const fall = { x: distance * Math.cos(radians), y: distance * Math.sin(radians) };
  switch (kind) {
    case 'drop':
      return gaussianBlur(
        sampled(silhouette, (x, y) => [x - fall.x, y - fall.y]),
        sigma,
      );
    case 'ground':
      return onGround(silhouette, box, { distance, radians, sigma }, pace);
    case 'contact':
      return underFoot(silhouette, box, sigma);
    case 'floating':
      return below(silhouette, box, { distance, sigma });
  }
}

/** The silhouette laid on the floor: what is high above the foot falls far. */
async function onGround(
  silhouette: Plane,
  box: Box,
  { distance, radians, sigma }: { distance: number; radians: number; sigma: number },
  pace: Pace,
): Promise<Plane> {
  const sine = Math.sin(radians);
  const steep = Math.sign(sine || 1) * Math.max(FLATTEST, Math.abs(sine));
  const [dx, dy] = [distance * Math.cos(radians), distance * steep];
  const tall = box.bottom - box.top;
  const share = (y: number) => (y - box.bottom) / dy;
  const laid = sampled(silhouette, (x, y) => {
    const height = share(y);
    return height < 0 || height > 1 ? null : [x - height * dx, box.bottom - height * tall];
  });
  await pace();
  const near = gaussianBlur(laid, sigma / FAR.blur);
  await pace();
  const far = gaussianBlur(laid, sigma * FAR.blur);
  await pace();
  const foot = underFoot(silhouette, box, sigma);
  await pace();
  const shadow = createPlane(laid.width, laid.height);
  for (let y = 0, i = 0; y < laid.height; y++) {
    const away = Math.min(1, Math.max(0, share(y)));
    for (let x = 0; x < laid.width; x++, i++) {
      const soft = (near.data[i] as number) * (1 - away) + (far.data[i] as number) * away;
      shadow.data[i] = Math.max(soft * (1 - FAR.fade * away), foot.data[i] as number);
    }
  }
  return shadow;
}

/** Dark where the lower edge touches the floor, spreading a little to the sides. */
function underFoot(silhouette: Plane, box: Box, sigma: number): Plane {
  const line = createPlane(silhouette.width, silhouette.height);
  const tall = Math.max(1, box.bottom - box.top);
  const thick = Math.max(1, Math.ceil(sigma));
  for (let x = box.left; x <= box.right; x++) {
    const lowest = lowestOf(silhouette, x);
    if (lowest === null) continue;
    const touch = 1 - (box.bottom - lowest) / (TOUCHES * tall);
    if (touch <= 0) continue;
    for (let y = lowest - thick; y <= lowest + thick; y++) {
      if (y >= 0 && y < line.height) line.data[y * line.width + x] = touch;
    }
  }
  return gaussianBlur(line, sigma / 2);
}

/** A soft patch on the floor below, as wide as the product is at each place. */
function below(silhouette: Plane, box: Box, { distance, sigma }: { distance: number; sigma: number }): Plane {
  const { width, height } = silhouette;
  const patch = createPlane(width, height);
  const mass = new Float32Array(width);
  for (let x = box.left; x <= box.right; x++) {
    for (let y = box.top; y <= box.bottom; y++)
      mass[x] = (mass[x] as number) + (silhouette.data[y * width + x] as number);
  }
  const most = mass.reduce((a, b) => Math.max(a, b), 0);
  const middle = Math.round(box.bottom + distance);
  const reach = (box.right - box.left + 1) / 2;
  for (let x = box.left; x <= box.right; x++) {
    // Seen from the side a floor is an ellipse; it is dark under much of the product, light under little.
    const off = (x - box.left - reach + 0.5) / (WIDE * reach);
    if (Math.abs(off) >= 1) continue;
    const half = Math.round(sigma * Math.sqrt(1 - off * off) * Math.sqrt((mass[x] as number) / most));
    for (let y = middle - half; y <= middle + half; y++) {
      if (y >= 0 && y < height) patch.data[y * width + x] = 1;
    }
  }
  return gaussianBlur(boxBlur(patch, Math.round(sigma / 2)), sigma / 2);
}

function boxOf({ width, height, data }: Plane): Box | null {
  const box = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if ((data[i] as number) < 0.5) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = y;
    }
  }
  return box.right < 0 ? null : box;
}

function lowestOf({ width, height, data }: Plane, x: number): number | null {
  for (let y = height - 1; y >= 0; y--) if ((data[y * width + x] as number) >= 0.5) return y;
  return null;
}

/** A plane whose pixels come from elsewhere, bilinearly; null and what lies outside is 0. */
function sampled(plane: Plane, from: (x: number, y: number) => readonly [number, number] | null): Plane {
  const result = createPlane(plane.width, plane.height);
  for (let y = 0, i = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++, i++) {
      const place = from(x, y);
      if (place !== null) result.data[i] = bilinear(plane, place[0], place[1]);
    }
  }
  return result;
}

function bilinear(plane: Plane, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, lower] = [x - left, y - top];
  const at = (px: number, py: number) =>
    px < 0 || py < 0 || px >= plane.width || py >= plane.height ? 0 : (plane.data[py * plane.width + px] as number);
  return (
    (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - lower) +
    (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * lower
  );
}
