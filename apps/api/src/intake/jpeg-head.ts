/** Frame headers (ITU-T T.81, table B.1) that the size reader knows: baseline, extended and progressive Huffman. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const FRAME_BYTES = 19;

/**
 * The part of a JPEG that ends with its frame header, where its size is; null when there is none in `head`.
 *
 * It steps from segment to segment. A size reader that looks for the next marker byte by byte, as the library does in a
 * damaged file, can be kept busy for a tenth of a second by each file made for it.
 */
export function jpegUpToSize(head: Buffer): Buffer | null {
  let at = 2;
  while (at + 4 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1] ?? 0;
    if (FRAMES.includes(marker)) return head.subarray(0, at + FRAME_BYTES);
    // The scan begins, or something that has no length: no frame header will come.
    if (marker === 0xda || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9)) return null;
    at += 2 + head.readUInt16BE(at + 2);
  }
  return null;
}
