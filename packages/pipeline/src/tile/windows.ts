/** One tile along one axis: the run reads [start, start + length), and of its answer [from, to) is kept. Pixels. */
export interface Span {
  start: number;
  length: number;
  from: number;
  to: number;
}

export interface Tiling {
  tile: number;
  overlap: number;
  multiple: number;
}

/** Pictures smaller than a tile are padded to one of a few lengths, so that the runtime meets few shapes. */
const BUCKET = 64;

/**
 * Cuts an axis of `length` pixels into spans. All have the same length: `tile`, or less when the whole axis fits into one.
 * The kept parts cover the axis once, each at least `overlap` away from an end of its span, save at the picture's own
 * borders. Starts are multiples of `multiple`, because a net with strides sees a shifted picture otherwise. The last span
 * may reach past the axis, by less than its length: that part is padding.
 */
export function planSpans(length: number, { tile, overlap, multiple }: Tiling): Span[] {
  if (length <= tile) {
    const bucket = Math.min(tile, roundUp(length, roundUp(BUCKET, multiple)));
    return [{ start: 0, length: bucket, from: 0, to: length }];
  }
  const last = roundUp(length, multiple) - tile;
  // A start that is rounded down by up to `multiple` - 1 still has to leave both neighbours their overlap.
  const step = Math.floor((tile - 2 * overlap) / multiple) * multiple;
  const count = Math.ceil(last / step) + 1;
  const starts = Array.from({ length: count }, (_, i) => {
    return i === count - 1 ? last : Math.floor((last * i) / (count - 1) / multiple) * multiple;
  });
  return starts.map((start, i) => {
    const before = starts[i - 1];
    const after = starts[i + 1];
    return {
      start,
      length: tile,
      from: before === undefined ? 0 : seam(before, start, tile),
      to: after === undefined ? length : seam(start, after, tile),
    };
  });
}

/** The middle of what two neighbours both see. */
function seam(left: number, right: number, tile: number): number {
  return Math.floor((right + left + tile) / 2);
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** The pixel that stands for position `at` beyond an axis: mirrored at its ends, without repeating them. */
export function reflect(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const wrapped = ((at % period) + period) % period;
  return wrapped < length ? wrapped : period - wrapped;
}
