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

/** The files of a shard folder, in the order of the renderer's passes, and their bytes a pixel. */
const FILES: [name: string, bytes: number][] = [
  ['fg.bin', 4],
  ['bg.bin', 3],
  ['clean.bin', 3],
];

/**
 * Appends samples to a shard folder: fg.bin (RGBA), bg.bin and clean.bin (RGB), meta.jsonl (one line a sample).
 *
 * meta.jsonl is written last and counts: what an ended render left half written in the others is cut
 * off on opening, so a render resumes after its last whole sample.
 */
export function openShard(folder: string, side: number) {
  mkdirSync(folder, { recursive: true });
  const metaPath = join(folder, 'meta.jsonl');
  const lines = existsSync(metaPath) ? readFileSync(metaPath, 'utf8').trim().split('\n').filter(Boolean) : [];
  const pixels = side * side;
  const files = FILES.map(([name, bytes]) => {
    const path = join(folder, name);
    const wanted = lines.length * pixels * bytes;
    const found = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (found < wanted) throw new Error(`${path} has ${found} bytes, not the ${wanted} of ${lines.length} samples`);
    if (found > wanted) truncateSync(path, wanted);
    return openSync(path, 'a');
  });
  let count = lines.length;
  return {
    count: () => count,
    /** The seed after the last one stored, or `first` in an empty folder. */
    nextSeed: (first: number): number => (lines.length ? JSON.parse(lines[lines.length - 1]).seed + 1 : first),
    append(passes: Buffer, meta: object) {
      files.forEach((file, i) => {
        const pass = passes.subarray(i * pixels * 4, (i + 1) * pixels * 4);
        writeSync(file, FILES[i][1] === 4 ? pass : withoutAlpha(pass));
      });
      appendFileSync(metaPath, `${JSON.stringify(meta)}\n`);
      count++;
    },
    close() {
      for (const file of files) closeSync(file);
    },
  };
}

function withoutAlpha(rgba: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3);
  return rgb;
}
