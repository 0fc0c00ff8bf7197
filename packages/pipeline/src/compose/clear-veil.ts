import type { Pace } from '../pixels';

/** Up to here a matte shows nothing but what a cut-out failed to clear; from there on it is right as it is. Bytes. */
const VEIL = 10;
const CERTAIN = 20;
const ROW = 65_536;

const CLEARED = Uint8Array.from({ length: 256 }, (_, value) =>
  value >= CERTAIN ? value : Math.max(0, Math.round(((value - VEIL) * CERTAIN) / (CERTAIN - VEIL))),
);

/** Takes the veil of a few per cent out of a matte, in place: on pure white it would be a grey haze around the product. */
export async function clearVeil(matte: Uint8Array, pace: Pace): Promise<void> {
  for (let from = 0; from < matte.length; from += ROW) {
    const end = Math.min(matte.length, from + ROW);
    for (let i = from; i < end; i++) matte[i] = CLEARED[matte[i] as number] as number;
    await pace();
  }
}
