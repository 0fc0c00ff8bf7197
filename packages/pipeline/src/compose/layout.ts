import { AppError, type Box, type Length, type Margins, type Pipeline } from '@packshot/contracts';

type Asked = Pick<Exclude<Pipeline['compose'], false>, 'crop' | 'margin' | 'scale' | 'position' | 'canvas'>;

export interface Size {
  width: number;
  height: number;
}

/** Where the picture comes to lie. */
export interface Layout {
  canvas: Size;
  /** What of the picture is placed. */
  source: Box;
  /** Where on the canvas; it may reach beyond. */
  placed: Box;
}

/** Whether the product alone is placed, not its whole frame. */
export function placesProduct({ crop, scale, position }: Asked): boolean {
  return crop || typeof scale === 'number' || typeof position === 'object';
}

/**
 * `subject`: the box of the product within the frame.
 * @throws invalid_pipeline when the margins are wider than the canvas
 */
export function layOut(frame: Size, subject: Box, asked: Asked): Layout {
  const whole = { left: 0, top: 0, ...frame };
  const source = placesProduct(asked) ? subject : whole;
  const { width, height } = asked.canvas;
  const given = width !== undefined || height !== undefined;
  const sheet = given ? givenSheet(source, asked) : ownSheet(asked.crop ? subject : whole, asked);
  const room = { width: sheet.width - sheet.left - sheet.right, height: sheet.height - sheet.top - sheet.bottom };
  if (room.width < 1 || room.height < 1) {
    throw new AppError('invalid_pipeline', 'The margins leave no room on the canvas.');
  }
  const fit = Math.min(room.width / source.width, room.height / source.height);
  const scale = asked.scale ?? (given ? 1 : 'original');
  const factor = scale === 'original' ? 1 : fit * scale;
  const size = {
    width: Math.max(1, Math.round(source.width * factor)),
    height: Math.max(1, Math.round(source.height * factor)),
  };
  const keepsPlace = asked.position === 'original' || (asked.position === undefined && !given && !asked.crop);
  const { x, y } = typeof asked.position === 'object' ? asked.position : { x: 0.5, y: 0.5 };
  const free = { width: room.width - size.width, height: room.height - size.height };
  const place = keepsPlace
    ? formerPlace(source, size, frame, { ...room, left: sheet.left, top: sheet.top })
    : { left: sheet.left + x * free.width, top: sheet.top + y * free.height };
  return {
    canvas: { width: sheet.width, height: sheet.height },
    source,
    placed: { left: Math.round(place.left), top: Math.round(place.top), ...size },
  };
}

/** A canvas with margins in pixels. */
interface Sheet extends Size {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

function givenSheet(source: Size, { canvas, margin, scale }: Asked): Sheet {
  const { width, height, aspect } = canvas;
  const known = Math.max(width ?? 0, height ?? 0);
  const margins = inPixels(margin, { width: width ?? known, height: height ?? known });
  const across = margins.left + margins.right;
  const down = margins.top + margins.bottom;
  const ratio = aspect === undefined ? null : ratioOf(aspect);
  if (width !== undefined && height !== undefined) return { width, height, ...margins };
  // In what is inside the margins the other side follows from the proportions of what is placed.
  if (width !== undefined) {
    const follows = scale === 'original' ? source.height : (source.height * (width - across)) / source.width;
    return { width, height: atLeastOne(ratio === null ? follows + down : width / ratio), ...margins };
  }
  const tall = height as number;
  const follows = scale === 'original' ? source.width : (source.width * (tall - down)) / source.height;
  return { width: atLeastOne(ratio === null ? follows + across : tall * ratio), height: tall, ...margins };
}

/** As large as what it is made for and the margins; widened to the aspect, evenly on both sides. */
function ownSheet(content: Size, { canvas, margin }: Asked): Sheet {
  const margins = inPixels(margin, content);
  const width = content.width + margins.left + margins.right;
  const height = content.height + margins.top + margins.bottom;
  if (canvas.aspect === undefined) return { width, height, ...margins };
  const ratio = ratioOf(canvas.aspect);
  return width / height < ratio
    ? { ...margins, width: Math.round(height * ratio), height }
    : { ...margins, width, height: Math.round(width / ratio) };
}

/** Its middle stays where it was in the frame, which is laid into the middle of the room; inside the room if it fits. */
function formerPlace(source: Box, size: Size, frame: Size, room: Box): { left: number; top: number } {
  const scale = Math.min(room.width / frame.width, room.height / frame.height);
  const along = (middle: number, frameSide: number, start: number, roomSide: number, side: number) => {
    const at = (roomSide - frameSide * scale) / 2 + middle * scale - side / 2;
    const free = roomSide - side;
    return start + Math.max(Math.min(0, free), Math.min(at, Math.max(0, free)));
  };
  return {
    left: along(source.left + source.width / 2, frame.width, room.left, room.width, size.width),
    top: along(source.top + source.height / 2, frame.height, room.top, room.height, size.height),
  };
}

function inPixels(margin: Margins, base: Size): Omit<Sheet, keyof Size> {
  const sides = typeof margin === 'object' ? margin : { top: margin, right: margin, bottom: margin, left: margin };
  return {
    top: toPixels(sides.top, base.height),
    right: toPixels(sides.right, base.width),
    bottom: toPixels(sides.bottom, base.height),
    left: toPixels(sides.left, base.width),
  };
}

function toPixels(length: Length, base: number): number {
  return typeof length === 'number' ? length : Math.round((Number.parseFloat(length) / 100) * base);
}

function ratioOf(aspect: string): number {
  const [width = 1, height = 1] = aspect.split(':').map(Number);
  return width / height;
}

function atLeastOne(value: number): number {
  return Math.max(1, Math.round(value));
}
