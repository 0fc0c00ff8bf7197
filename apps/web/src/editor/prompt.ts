/** Pixels of the photo as it is shown, and whether the product is there (1) or not (0). */
export type Point = readonly [x: number, y: number, label: 0 | 1];
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** What the user pointed at. */
export interface Pointed {
  readonly points: readonly Point[];
  readonly boxes: readonly Box[];
}

/** Several boxes are several products, and a point would not say to which of them it belongs: null where that would be so. */
export function withPoint({ points, boxes }: Pointed, point: Point): Pointed | null {
  return boxes.length > 1 ? null : { points: [...points, point], boxes };
}

/** Beside points there is one box: another one takes its place. Null for one without an area. */
export function withBox({ points, boxes }: Pointed, [fromX, fromY, toX, toY]: Box): Pointed | null {
  const box: Box = [Math.min(fromX, toX), Math.min(fromY, toY), Math.max(fromX, toX), Math.max(fromY, toY)];
  if (box[0] >= box[2] || box[1] >= box[3]) return null;
  return { points, boxes: points.length > 0 ? [box] : [...boxes, box] };
}

/** The same on a copy of the photo that is `scale` times its size. */
export function scaled({ points, boxes }: Pointed, scale: number): Pointed {
  return {
    points: points.map(([x, y, label]) => [x * scale, y * scale, label]),
    boxes: boxes.map(([left, top, right, bottom]) => [left * scale, top * scale, right * scale, bottom * scale]),
  };
}

/** As the server takes it. The mask of the answer before goes along, where it can be: it is that of one product. */
export function toPrompt({ points, boxes }: Pointed, formerMask: string | null) {
  return { points, boxes, ...(formerMask !== null && boxes.length <= 1 && { mask: formerMask }) };
}
