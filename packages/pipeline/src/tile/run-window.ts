import { AppError } from '@packshot/contracts';
import { afterFailure, type Network, pictureInput, pictureScale, runHere } from '../models/network';
import type { Band } from './band';
import { planSpans, SMALLEST_TILE, type Span, type Tiling } from './windows';

export interface Listener {
  smaller(tile: number): void;
  /** The model runs on another provider from now on, where tiles may be large again. */
  moved(network: Network): void;
  note(text: string): void;
}

/** A run's picture rectangle, and how it is cut if it does not fit into memory. */
export interface Window {
  x: Span;
  y: Span;
}

/**
 * The network's answer for one window: Float32 CHW, `scale` times its sides. When memory runs out, the window is cut into
 * tiles of half the side, again and again down to 128 pixels, and the answer is put together from theirs; when the smallest
 * does not fit either, or tiles have one size only, the next provider runs it. `listener` hears of both, so that the next
 * windows do not run into the same wall.
 * @throws out_of_memory when it fits on no provider
 */
export async function runWindow(
  network: Network,
  band: Band,
  window: Window,
  tiling: Tiling,
  listener: Listener,
): Promise<Float32Array> {
  const { x, y } = window;
  if (x.length <= tiling.tile && y.length <= tiling.tile) {
    try {
      const data = band.cut(x.start, y.start, x.length, y.length, pictureInput(network.record));
      return (await runHere(network, [{ data, dims: [1, 3, y.length, x.length] }], listener.note)).data;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'out_of_memory') throw error;
      const tile = halved(tiling);
      if (tile === null) {
        const other = await afterFailure(error, network);
        listener.moved(other);
        return runWindow(other, band, window, tiling, listener);
      }
      listener.smaller(tile);
      return runWindow(network, band, window, { ...tiling, tile }, listener);
    }
  }
  return runSmaller(network, band, window, tiling, listener);
}

function halved({ tile, overlap, multiple, fixed, oneShape }: Tiling): number | null {
  if (fixed || oneShape) return null;
  const half = Math.floor(tile / 2 / multiple) * multiple;
  return half < SMALLEST_TILE || half < 4 * overlap ? null : half;
}

async function runSmaller(
  network: Network,
  band: Band,
  { x, y }: Window,
  tiling: Tiling,
  listener: Listener,
): Promise<Float32Array> {
  const scale = pictureScale(network.record);
  const [width, height] = [x.length * scale, y.length * scale];
  const whole = new Float32Array(3 * width * height);
  for (const rows of planSpans(y.length, tiling, 0)) {
    for (const columns of planSpans(x.length, tiling, 0)) {
      const inner = {
        x: { ...columns, start: x.start + columns.start },
        y: { ...rows, start: y.start + rows.start },
      };
      const part = await runWindow(network, band, inner, tiling, listener);
      const [partWidth, partHeight] = [columns.length * scale, rows.length * scale];
      for (let channel = 0; channel < 3; channel++) {
        for (let row = rows.from * scale; row < rows.to * scale; row++) {
          const from = (channel * partHeight + row - rows.start * scale) * partWidth;
          const line = part.subarray(
            from + (columns.from - columns.start) * scale,
            from + (columns.to - columns.start) * scale,
          );
          whole.set(line, (channel * height + row) * width + columns.from * scale);
        }
      }
    }
  }
  return whole;
}
