/** An 8-bit picture in memory, sRGB, rows from the top, channels interleaved. `data.length` is width * height * channels. */
export interface Raster {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

/** A black raster. */
export function createRaster(width: number, height: number, channels: 1 | 3): Raster {
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}
