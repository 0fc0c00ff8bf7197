/** One tile along one axis: the run reads [start, start + length), of whose answer [from, to) is kept. Picture pixels. */
export interface Span {
  start: number;
  length: number;
  from: number;
  to: number;
}

/** `overlap` must be a multiple of `multiple`, and `tile` of both `multiple` and 32. */
export interface Tiling {
  tile: number;
  overlap: number;
  multiple: number;
  /** Tiles never get smaller than `tile` where the picture does not. */
  fixed?: boolean;
  /** Not even then: what is missing is mirrored. */
  oneShape?: boolean;
}

/** Below this side a tile is not made smaller any more: what does not fit then will not fit at all. */
export const SMALLEST_TILE = 128;

/** Tile lengths are multiples of this, so that the runtime meets few shapes. */
const BUCKET = 32;

/**
 * Cuts an axis of `length` pixels into spans of one common length, at most `tile`. The picture is thought to go on by
 * `margin` pixels at both ends, mirrored. The kept parts cover the axis once, each at least `overlap` away from an end of
 * its span (`margin` at the picture's ends): with a margin of `overlap` no kept pixel feels where a tile, or the picture,
 * ended, however it was cut. Starts are a multiple of `multiple` apart, because a net with strides sees a shifted picture
 * otherwise. Spans may reach further beyond the axis than `margin`; that is mirrored too.
 */
export function planSpans(
  length: number,
  { tile, overlap, multiple, oneShape = false }: Tiling,
  margin: number = overlap,
): Span[] {
  const padded = length + 2 * margin;
  const count = Math.max(1, Math.ceil((padded - 2 * overlap) / (tile - 2 * overlap)));
  const even = Math.ceil((padded + 2 * overlap * (count - 1)) / count);
  const size = oneShape ? tile : Math.min(tile, roundUp(even, Math.max(BUCKET, multiple)));
  const last = roundUp(Math.max(0, padded - size), multiple);
  const starts = Array.from({ length: count }, (_, i) => {
    return (count === 1 ? 0 : Math.floor((last * i) / (count - 1) / multiple) * multiple) - margin;
  });
  return withSeams(starts, size, length);
}

function withSeams(starts: readonly number[], size: number, length: number): Span[] {
  return starts.map((start, i) => {
    const before = starts[i - 1];
    const after = starts[i + 1];
    return {
      start,
      length: size,
      from: before === undefined ? 0 : seam(before, start, size),
      to: after === undefined ? length : seam(start, after, size),
    };
  });
}

/**
 * Spans of a net whose answer depends on the size of its tile: all have the length `tile`, and lie within the picture, spread
 * evenly with the last pushed back inside, so that mirrored pixels weigh in nowhere. A picture smaller than a tile is one span,
 * up to the next multiple.
 */
export function planFixedSpans(length: number, { tile, overlap, multiple, oneShape = false }: Tiling): Span[] {
  const size = oneShape ? tile : Math.min(tile, roundUp(length, multiple));
  const count = size >= length ? 1 : Math.ceil((length - overlap) / (size - overlap));
  const step = count === 1 ? 0 : Math.ceil((length - size) / (count - 1));
  const starts = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * step, length - size)));
  return withSeams(starts, size, length);
}

/** The middle of what two neighbours both see. */
function seam(left: number, right: number, size: number): number {
  return Math.floor((left + size + right) / 2);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** The pixel that stands for position `at` beyond an axis: mirrored at its ends, without repeating them. */
export function reflect(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const wrapped = ((at % period) + period) % period;
  return wrapped < length ? wrapped : period - wrapped;
}
