import { type FileHandle, open } from 'node:fs/promises';

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/**
 * Writes raw 8-bit RGB as an uncompressed TIFF with an ICC profile (TIFF 6.0; tag 34675 by ICC.1:2022 annex B.4). libvips
 * converts whenever it is given a profile for raw pixels; only one that comes with a file is left attached to the pixels
 * as they are. Up to 4 GB, which 200 megapixels are far from.
 */
export async function writeTiffSpool(
  path: string,
  { width, height, data }: { width: number; height: number; data: Uint8Array },
  profile: Buffer,
): Promise<void> {
  const pixelOffset = 8;
  const profileOffset = pixelOffset + data.length + (data.length & 1);
  const bitsOffset = profileOffset + profile.length + (profile.length & 1);
  const directoryOffset = bitsOffset + 6;
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bitsOffset],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, pixelOffset],
    [277, SHORT, 1, 3],
    [278, LONG, 1, height],
    [279, LONG, 1, data.length],
    [284, SHORT, 1, 1],
    [34675, UNDEFINED, profile.length, profileOffset],
  ];
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(directoryOffset, 4);
  const bits = Buffer.from([8, 0, 8, 0, 8, 0]);
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 2 + i * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    // Little-endian: a short in the low half of its field reads the same as a long.
    directory.writeUInt32LE(value, at + 8);
  });
  const file = await open(path, 'w');
  try {
    await writeAt(file, header, 0);
    await writeAt(file, data, pixelOffset);
    await writeAt(file, profile, profileOffset);
    await writeAt(file, bits, bitsOffset);
    await writeAt(file, directory, directoryOffset);
  } finally {
    await file.close();
  }
}

/** `write` may write less than it is given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
