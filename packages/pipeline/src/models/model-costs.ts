import type { ModelCost } from '../cost';
import { type Network, pictureScale } from './network';
import type { ModelRecord } from './record';

/**
 * What a run of each model costs: of those that ran here as timed, of the others by their multiplications and what this
 * machine does of them in a second (at its slowest so far). Models that tell neither are left out.
 */
export function modelCosts(networks: readonly Network[], records: readonly ModelRecord[]): Record<string, ModelCost> {
  const timed = networks.filter(({ seconds, inputPixels }) => seconds > 0 && inputPixels > 0);
  const rates = timed.flatMap(({ record: { gmacs_per_megapixel: gmacs }, seconds, inputPixels }) =>
    gmacs === undefined ? [] : [(gmacs * inputPixels) / 1e6 / seconds],
  );
  const costs: Record<string, ModelCost> = {};
  for (const record of records) {
    const network = timed.find((candidate) => candidate.record.id === record.id);
    const perMegapixel =
      network === undefined
        ? (record.gmacs_per_megapixel ?? Number.NaN) / Math.min(...rates)
        : network.seconds / (network.inputPixels / 1e6);
    if (perMegapixel > 0 && Number.isFinite(perMegapixel)) costs[record.id] = costOf(record, perMegapixel);
  }
  return costs;
}

/** `seconds` per megapixel that enters the graph. */
function costOf(record: ModelRecord, seconds: number): ModelCost {
  const scale = pictureScale(record);
  const { size } = record;
  switch (size?.policy) {
    case 'tile':
      // What tiles share is computed twice.
      return { scale, perMegapixel: (seconds * size.tile ** 2) / (size.tile - 2 * size.overlap) ** 2 };
    case 'stretch':
    case 'letterbox':
      return { scale, perPicture: (seconds * size.width * size.height) / 1e6 };
    case 'multiple':
      return { scale, perPicture: (seconds * size.most ** 2) / 1e6 };
    default:
      return { scale, perMegapixel: seconds };
  }
}
