import type { Network } from '../models/network';
import type { Raster } from '../pixels';
import { Band } from './band';
import { RowBuffer } from './row-buffer';
import { runWindow, type Window } from './run-window';
import { planSpans } from './windows';

export interface TiledOptions {
  signal: AbortSignal;
  /** 0..1. */
  progress(fraction: number): void;
  note(text: string): void;
  /** 0..1: weighs the answer against the picture; only where the network keeps the size. */
  strength?: number;
}

/**
 * Runs a tiled network over a picture. `target` has `scale` times the source's sides and may be the source itself. No float
 * buffer is larger than a tile; two tiles are on their way at a time, so that packing and unpacking hide behind inference.
 * @throws the signal's reason between tiles, out_of_memory, model_mismatch
 */
export async function runTiled(
  network: Network,
  source: Raster,
  target: Raster,
  { signal, progress, note, strength = 1 }: TiledOptions,
): Promise<void> {
  const { id, contract, tiling } = network.record;
  const { size, range } = contract.input;
  if (size.policy !== 'tile' || tiling === undefined) throw new Error(`${id} is not a tiled network`);
  const cut = { tile: tiling.tile, overlap: tiling.overlap, multiple: size.multiple };
  const onSmaller = (tile: number) => {
    if (tile >= cut.tile) return;
    note(`tiles of ${cut.tile} pixels did not fit into memory; ${tile} were used`);
    cut.tile = tile;
  };
  const columns = planSpans(source.width, cut);
  const rows = planSpans(source.height, cut);
  const height = rows[0]?.length ?? 0;
  const band = new Band(source, height);
  const joined = new RowBuffer(
    target,
    height * contract.output.scale,
    contract.output.scale,
    tiling.exact ? 0 : tiling.overlap >> 1,
  );

  let done = 0;
  for (const y of rows) {
    band.moveTo(y.start);
    const pending: { window: Window; answer: Promise<Float32Array> }[] = [];
    const settle = async () => {
      const next = pending.shift();
      if (next === undefined) return;
      joined.put(await next.answer, next.window.x, y, range);
      progress(++done / (rows.length * columns.length));
    };
    try {
      for (const x of columns) {
        signal.throwIfAborted();
        pending.push({ window: { x, y }, answer: runWindow(network, band, { x, y }, { ...cut }, onSmaller) });
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
