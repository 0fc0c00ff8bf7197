import { type Network, pictureInput, pictureScale } from '../models/network';
import type { Raster } from '../pixels';
import { Band } from './band';
import { RowBuffer } from './row-buffer';
import { runWindow, type Window } from './run-window';
import { planFixedSpans, planSpans } from './windows';

export interface TiledOptions {
  signal: AbortSignal;
  /** 0..1. */
  progress(fraction: number): void;
  note(text: string): void;
  /** 0..1: weighs the answer against the picture; only where the network keeps the size. */
  strength?: number;
  /** Takes the mean of so many by so many pixels of the answer for one: a net that enlarges more than asked. */
  reduce?: number;
}

/**
 * Runs a tiled network over a picture. `target` has `scale / reduce` times the source's sides and may be the source itself. No float
 * buffer is larger than a tile; two tiles are on their way at a time, so that packing and unpacking hide behind inference.
 * @throws the signal's reason between tiles, out_of_memory, model_mismatch
 */
export async function runTiled(
  network: Network,
  source: Raster,
  target: Raster,
  { signal, progress, note, strength = 1, reduce = 1 }: TiledOptions,
): Promise<void> {
  const { id, size } = network.record;
  if (size?.policy !== 'tile') throw new Error(`${id} is not a tiled network`);
  const { range } = pictureInput(network.record);
  const full = pictureScale(network.record);
  const scale = full / reduce;
  const { overlap, multiple, fixed } = size;
  const cut = { tile: size.tile, overlap, multiple, fixed, oneShape: network.oneShape ?? false };
  const smaller = (tile: number) => {
    if (tile >= cut.tile) return;
    note(`tiles of ${cut.tile} pixels did not fit into memory; ${tile} were used`);
    cut.tile = tile;
  };
  let here = network;
  const moved = (other: Network) => {
    here = other;
    cut.tile = size.tile;
  };
  const plan = fixed ? planFixedSpans : planSpans;
  const columns = plan(source.width, cut);
  const rows = plan(source.height, cut);
  const height = rows[0]?.length ?? 0;
  const band = new Band(source, height);
  const joined = new RowBuffer(target, height * scale, scale, size.exact ? 0 : size.overlap >> 1);

  let done = 0;
  for (const y of rows) {
    band.moveTo(y.start);
    const pending: { window: Window; answer: Promise<Float32Array> }[] = [];
    const settle = async () => {
      const next = pending.shift();
      if (next === undefined) return;
      const answer = average(await next.answer, next.window.x.length * full, reduce);
      joined.put(answer, next.window.x, y, range);
      progress(++done / (rows.length * columns.length));
    };
    try {
      for (const x of columns) {
        signal.throwIfAborted();
        pending.push({
          window: { x, y },
          answer: runWindow(here, band, { x, y }, { ...cut }, { smaller, moved, note }),
        });
        if (pending.length === 2) await settle();
      }
      while (pending.length > 0) await settle();
    } finally {
      // After a failure the other tile still runs; its answer, or its own failure, is of no interest any more.
      await Promise.allSettled(pending.map(({ answer }) => answer));
    }
    joined.flush(y, strength, (row) => band.row(row));
  }
}

/** Means of `by` x `by` pixels of Float32 CHW with rows of `width`. Heights are multiples of `by`. */
function average(values: Float32Array, width: number, by: number): Float32Array {
  if (by === 1) return values;
  const out = new Float32Array(values.length / by ** 2);
  const across = width / by;
  for (let i = 0, row = 0; i < out.length; row += by * width) {
    for (let column = 0; column < across; column++, i++) {
      const origin = row + column * by;
      let sum = 0;
      for (let y = 0; y < by; y++) for (let x = 0; x < by; x++) sum += values[origin + y * width + x] as number;
      out[i] = sum / (by * by);
    }
  }
  return out;
}
