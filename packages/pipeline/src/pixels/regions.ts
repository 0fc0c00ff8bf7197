/** One connected region of a mask (4-neighbours). */
export interface Region {
  /** Pixel indices, in no particular order. */
  pixels: Int32Array;
  /** Whether any pixel lies on the picture's border. */
  touchesBorder: boolean;
}

/** The connected regions of the pixels for which `inside` holds. Linear in pixels; no recursion, so no depth limit. */
export function connectedRegions(width: number, height: number, inside: (index: number) => boolean): Region[] {
  const seen = new Uint8Array(width * height);
  // Every pixel enters the queue once: the queue is the list of pixels of all regions, one region after the other.
  const queue = new Int32Array(width * height);
  const regions: Region[] = [];
  let tail = 0;
  const visit = (index: number) => {
    if (seen[index] === 1 || !inside(index)) return;
    seen[index] = 1;
    queue[tail++] = index;
  };
  for (let seed = 0; seed < seen.length; seed++) {
    const start = tail;
    visit(seed);
    let touchesBorder = false;
    for (let head = start; head < tail; head++) {
      const index = queue[head] as number;
      const x = index % width;
      const y = (index - x) / width;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) touchesBorder = true;
      if (x > 0) visit(index - 1);
      if (x < width - 1) visit(index + 1);
      if (y > 0) visit(index - width);
      if (y < height - 1) visit(index + width);
    }
    if (tail > start) regions.push({ pixels: queue.slice(start, tail), touchesBorder });
  }
  return regions;
}
