import { colourOf } from './colour';
import { type Fault, RemoveBgError } from './errors';

/** A share of 0..1, or pixels. */
export type Extent = { share: number } | { px: number };
/** Top, right, bottom, left. */
export type Sides = readonly [Extent, Extent, Extent, Extent];

export interface RemoveBgParameters {
  size: 'preview' | 'medium' | 'hd' | 'full' | '50MP' | 'auto';
  type: string;
  /** Whether the kind of foreground is to be told. */
  tellType: boolean;
  format: 'auto' | 'png' | 'jpg' | 'webp' | 'zip';
  /** x1 y1 x2 y2; null: the whole image. */
  roi: Sides | null;
  crop: boolean;
  cropMargin: Sides;
  scale: number | null;
  position: 'original' | { x: number; y: number } | null;
  channels: 'rgba' | 'alpha';
  shadow: { kind: 'drop' | 'ground' | 'contact'; opacity: number } | null;
  /** `#rrggbbaa` */
  bgColor: string | null;
  bgImageUrl: string | null;
}

const SIZES: Readonly<Record<string, RemoveBgParameters['size']>> = {
  preview: 'preview',
  small: 'preview',
  regular: 'preview',
  medium: 'medium',
  hd: 'hd',
  full: 'full',
  '4k': 'full',
  '50MP': '50MP',
  auto: 'auto',
};
const TYPES = ['auto', 'person', 'product', 'car', 'animal', 'graphic', 'transportation', 'other'];
const SHADOWS = { drop: 'drop', '3D': 'ground', auto: 'ground', car: 'contact' } as const;
const NO_MARGIN: Sides = [{ px: 0 }, { px: 0 }, { px: 0 }, { px: 0 }];

/**
 * The parameters of a request, checked; all faults are told together, by remove.bg's codes. What it promises without effect on
 * anything but cars (`semitransparency`, `add_shadow`, `shadow_method`) is checked and has none here either.
 */
export function parseParameters(given: Readonly<Record<string, string>>): RemoveBgParameters {
  const faults: Fault[] = [];
  /** The value of a parameter by `read`, which answers undefined for what it does not understand. */
  const take = <T>(name: string, usual: T, read: (text: string) => T | undefined, detail: string): T => {
    const text = given[name]?.trim() ?? '';
    if (text === '') return usual;
    const value = read(text);
    if (value !== undefined) return value;
    faults.push({ code: `invalid_${name}`, title: `Invalid value for parameter '${name}'`, detail });
    return usual;
  };
  const flag = (name: string, usual: boolean) =>
    take(name, usual, (text) => ({ true: true, '1': true, false: false, '0': false })[text], 'true or false');
  const among = <T extends string>(name: string, usual: T, values: readonly T[]) =>
    take<T>(name, usual, (text) => values.find((value) => value === text), values.join(', '));

  const type = among('type', 'auto', TYPES);
  flag('semitransparency', true);
  among('shadow_method', 'latest', ['latest', 'legacy']);
  const addShadow = flag('add_shadow', false) && type === 'car';
  const kind = among('shadow_type', addShadow ? 'car' : 'none', ['none', 'auto', 'drop', '3D', 'car']);
  const opacity = take('shadow_opacity', 0.7, (text) => share(`${text}%`), '0 to 100');
  const parameters: RemoveBgParameters = {
    size: take('size', 'preview', (text) => SIZES[text], Object.keys(SIZES).join(', ')),
    type,
    tellType: among('type_level', '1', ['none', '1', '2', 'latest']) !== 'none',
    format: among('format', 'auto', ['auto', 'png', 'jpg', 'webp', 'zip']),
    roi: take<Sides | null>('roi', null, rectangle, 'x1 y1 x2 y2, each in px or %'),
    crop: flag('crop', false),
    cropMargin: take('crop_margin', NO_MARGIN, margins, 'one, two or four values up to 500px or 50%'),
    scale: take<number | null>('scale', null, scaleOf, 'original, or 10% to 100%'),
    position: take<RemoveBgParameters['position']>('position', null, positionOf, 'original, center, x%, or x% y%'),
    channels: among('channels', 'rgba', ['rgba', 'alpha']),
    shadow: kind === 'none' ? null : { kind: SHADOWS[kind], opacity },
    bgColor: take<string | null>('bg_color', null, colourOf, 'hex digits (81d4fa, fff, 81d4fa77) or a colour name'),
    bgImageUrl: given.bg_image_url?.trim() || null,
  };
  if (faults.length > 0) throw new RemoveBgError(faults);
  return parameters;
}

function share(text: string): number | undefined {
  const [, number] = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text) ?? [];
  const value = Number(number) / 100;
  return value <= 1 ? value : undefined;
}

function extent(text: string): Extent | undefined {
  const px = /^(\d{1,6})(?:px)?$/.exec(text)?.[1];
  if (px !== undefined) return { px: Number(px) };
  const part = share(text);
  return part === undefined ? undefined : { share: part };
}

function rectangle(text: string): Sides | undefined {
  const values = text.split(/\s+/).map(extent);
  return values.length === 4 && !values.includes(undefined) ? (values as unknown as Sides) : undefined;
}

/** As CSS has it: all sides; top and bottom, right and left; or each by itself. */
function margins(text: string): Sides | undefined {
  const [top, right = top, bottom = top, left = right, ...more] = text.split(/\s+/).map(extent);
  const count = text.split(/\s+/).length;
  const fits = (side: Extent | undefined) => side !== undefined && ('px' in side ? side.px <= 500 : side.share <= 0.5);
  const sides = [top, right, bottom, left];
  return more.length === 0 && count !== 3 && sides.every(fits) ? (sides as unknown as Sides) : undefined;
}

function scaleOf(text: string): number | null | undefined {
  if (text === 'original') return null;
  const part = share(text);
  return part !== undefined && part >= 0.1 ? part : undefined;
}

function positionOf(text: string): RemoveBgParameters['position'] | undefined {
  if (text === 'original') return 'original';
  if (text === 'center') return { x: 0.5, y: 0.5 };
  const [x, y = x, ...more] = text.split(/\s+/).map(share);
  return x !== undefined && y !== undefined && more.length === 0 ? { x, y } : undefined;
}
