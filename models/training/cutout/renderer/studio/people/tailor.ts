/**
 * Plain garments cut from the tights and the skirt that MakeHuman's base mesh carries as helpers: shirts,
 * jumpers, trousers, skirts and dresses of any length and fit. A garment is kept where its field, a number by
 * vertex in rest pose (decimetres), is positive; triangles are cut where it changes sign, so that hems are clean.
 */
import type { Random } from '../random.js';
import type { Binding, Body } from './body.js';
import type { Surface } from './surface.js';
import type { Gender } from './wardrobe.js';

/** A number by place in rest pose, positive where cloth is, in decimetres. */
type Field = (x: number, y: number, z: number) => number;

/** A plain garment: cut from a helper by its field, `gap` off the body; a skirt flares; a knitted one is of yarn. */
export interface Piece {
  from: 'tights' | 'skirt';
  field: Field;
  gap: number;
  flare?: number;
  knit?: boolean;
}

/** Plain garments for one person, inner first; matching ones are of one cloth, as a dress is. */
export interface PlainOutfit {
  pieces: Piece[];
  matching: boolean;
  /** Whether the legs must stay together. */
  narrow: boolean;
}

/** A helper's surface after cutting: corner i lies between vertices from[i] and to[i], at share[i]. */
interface CutCloth {
  from: number[];
  to: number[];
  share: number[];
  uv: Float32Array;
  index: number[];
}

/** Lays cloth coordinates flat from the front, `density` repeats a decimetre. */
function flatCoordinates(positions: number[], density: number): Float32Array {
  const uv = new Float32Array((positions.length / 3) * 2);
  for (let i = 0; i < uv.length / 2; i++) {
    uv[2 * i] = (positions[3 * i] + 0.4 * positions[3 * i + 2]) * density;
    uv[2 * i + 1] = positions[3 * i + 1] * density;
  }
  return uv;
}

/** A surface cut to where the field is positive in rest pose. */
function cut({ source, index }: Surface, rest: Float32Array, field: Field, density: number): CutCloth {
  const corners = new Map<string, number>();
  const [from, to, share, flat]: number[][] = [[], [], [], []];
  const valueAt = (v: number) => field(rest[3 * v], rest[3 * v + 1], rest[3 * v + 2]);
  const corner = (a: number, b: number, t: number): number => {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    const known = corners.get(key);
    if (known !== undefined) return known;
    corners.set(key, from.length);
    from.push(a);
    to.push(b);
    share.push(t);
    for (let k = 0; k < 3; k++) flat.push(rest[3 * a + k] * (1 - t) + rest[3 * b + k] * t);
    return from.length - 1;
  };
  const triangles: number[] = [];
  for (let i = 0; i < index.length; i += 3) {
    const kept: number[] = [];
    for (let k = 0; k < 3; k++) {
      const [a, b] = [source[index[i + k]], source[index[i + ((k + 1) % 3)]]];
      const [here, next] = [valueAt(a), valueAt(b)];
      if (here > 0) kept.push(corner(a, a, 0));
      if (here > 0 !== next > 0) kept.push(corner(a, b, here / (here - next)));
    }
    for (let k = 2; k < kept.length; k++) triangles.push(kept[0], kept[k - 1], kept[k]);
  }
  return { from, to, share, uv: flatCoordinates(flat, density), index: triangles };
}

/** The vertices of a cut surface on a body, one a corner. */
function between({ from, to, share }: CutCloth, vertices: Float32Array): Float32Array {
  const placed = new Float32Array(from.length * 3);
  from.forEach((a, i) => {
    for (let k = 0; k < 3; k++) {
      placed[3 * i + k] = vertices[3 * a + k] * (1 - share[i]) + vertices[3 * to[i] + k] * share[i];
    }
  });
  return placed;
}

/** Sleeves end at sleeve = |x|, the hem at y, and the neckline dips by `scoop` in front. */
function topField({ hem, sleeve, neck, scoop }: Record<'hem' | 'sleeve' | 'neck' | 'scoop', number>): Field {
  return (x, y, z) => {
    const dip = neck - (z > 0 ? scoop : scoop * 0.3) * Math.exp(-((x / 0.75) ** 2)) + 0.35 * Math.abs(x);
    return Math.min(y - hem, sleeve - Math.abs(x), Math.max(dip - y, Math.abs(x) - 1.2));
  };
}

/** Legs end at y = hem; |x| keeps hands and sleeves out. */
function bottomField({ waist, hem }: Record<'waist' | 'hem', number>): Field {
  return (x, y) => Math.min(waist - y, y - hem, 2.75 - Math.abs(x));
}

/** A piece cut and placed on a body in rest pose, ready for draping, skinning and geometry. */
export function sew(random: Random, { helpers, rest, binding }: Body, piece: Piece, vertices: Float32Array) {
  const cloth = cut(helpers[piece.from], rest, piece.field, random.between(0.06, 0.2));
  const placed = between(cloth, vertices);
  if (piece.from === 'skirt') flare(random, placed, piece.flare ?? 0);
  const surface: Surface = { source: cloth.from.map((_, i) => i), uv: cloth.uv, index: cloth.index };
  return { surface, placed, binding: bindingBetween(cloth, binding) };
}

/** The bones of both vertices that a corner lies between, each with its share. */
function bindingBetween({ from, to, share }: CutCloth, { indices, weights, influences }: Binding): Binding {
  const both: Binding = { indices: [], weights: [], influences: 2 * influences };
  from.forEach((a, i) => {
    for (const [v, part] of [
      [a, 1 - share[i]],
      [to[i], share[i]],
    ]) {
      for (let k = influences * v; k < influences * (v + 1); k++) {
        both.indices.push(indices[k]);
        both.weights.push(weights[k] * part);
      }
    }
  });
  return both;
}

export function plainOutfit(random: Random, gender: Gender): PlainOutfit {
  const waist = random.between(1.1, 1.8);
  const skirted = gender === 'female' && random.chance(0.6);
  const leg = random.weighted({ short: 20, knee: 15, long: 65 });
  const legHem = {
    short: random.between(-1.6, -0.6),
    knee: random.between(-4.4, -3.2),
    long: random.between(-7.3, -6.6),
  }[leg];
  const skirtHem = random.chance(0.4) ? random.between(-7, -5) : random.between(-4.8, -1.5);
  const sleeves = {
    none: 1.75,
    short: random.between(2.1, 2.7),
    half: random.between(2.8, 3.5),
    long: random.between(4, 4.35),
  };
  const sleeve = sleeves[random.weighted({ none: gender === 'female' ? 22 : 6, short: 34, half: 10, long: 40 })];
  const knit = random.chance(sleeve > 3.9 ? 0.5 : 0.12);
  const looseness = knit || random.chance(0.4) ? random.between(0.1, 0.4) : random.between(0.02, 0.12);
  const low = random.between(0.2, 0.9) * (skirted ? -0.2 : 1);
  const top: Piece = {
    from: 'tights',
    field: topField({
      hem: waist - low,
      sleeve,
      neck: random.between(5.4, 5.95),
      scoop: random.chance(0.5) ? random.between(0, 0.5) : random.between(0.5, 1.4),
    }),
    gap: looseness,
    knit,
  };
  const bottom: Piece = skirted
    ? { from: 'skirt', field: bottomField({ waist, hem: skirtHem }), gap: 0.05, flare: random.between(-0.1, 0.9) }
    : { from: 'tights', field: bottomField({ waist, hem: legHem }), gap: random.between(0.03, 0.3) };
  const dress = skirted && random.chance(0.6);
  return { pieces: [bottom, top], matching: dress, narrow: skirted };
}

/** Spreads a skirt below the waist and lays folds into it that deepen downwards; in place, rest pose. */
function flare(random: Random, vertices: Float32Array, amount: number) {
  const folds = random.integer(5, 14);
  const depth = random.between(0, 0.12);
  const phase = random.between(0, 6);
  const middle = 0.1; // of the body, in z
  for (let i = 0; i < vertices.length; i += 3) {
    const down = Math.max(0, (0.5 - vertices[i + 1]) / 8);
    const [x, z] = [vertices[i], vertices[i + 2] - middle];
    const fold = depth * Math.sin(folds * Math.atan2(z, x) + phase + 3 * down);
    const out = 1 + amount * down + fold * Math.sqrt(down);
    vertices[i] = x * out;
    vertices[i + 2] = z * out + middle;
  }
}
