import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Appends samples to a shard folder: fg.bin (RGBA), bg.bin (RGB), meta.jsonl (one line a sample).
 *
 * meta.jsonl is written last and counts: what an ended render left half written in the other two is cut
 * off on opening, so a render resumes after its last whole sample.
 */
export function openShard(folder, side) {
  mkdirSync(folder, { recursive: true });
  const paths = { fg: join(folder, 'fg.bin'), bg: join(folder, 'bg.bin'), meta: join(folder, 'meta.jsonl') };
  const lines = existsSync(paths.meta) ? readFileSync(paths.meta, 'utf8').trim().split('\n').filter(Boolean) : [];
  const pixels = side * side;
  for (const [path, bytes] of [
    [paths.fg, pixels * 4],
    [paths.bg, pixels * 3],
  ]) {
    const wanted = lines.length * bytes;
    if (existsSync(path) && statSync(path).size > wanted) truncateSync(path, wanted);
  }
  const fg = openSync(paths.fg, 'a');
  const bg = openSync(paths.bg, 'a');
  let count = lines.length;
  return {
    count: () => count,
    /** The seed after the last one stored, or `first` in an empty folder. */
    nextSeed: (first) => (lines.length ? JSON.parse(lines.at(-1)).seed + 1 : first),
    append(passes, meta) {
      writeSync(fg, passes.subarray(0, pixels * 4));
      writeSync(bg, withoutAlpha(passes.subarray(pixels * 4)));
      appendFileSync(paths.meta, `${JSON.stringify(meta)}\n`);
      count++;
    },
    close() {
      closeSync(fg);
      closeSync(bg);
    },
  };
}

function withoutAlpha(rgba) {
  const rgb = Buffer.allocUnsafe((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3);
  return rgb;
}
