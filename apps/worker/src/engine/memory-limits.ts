const MIB = 2 ** 20;

/** Memory of an engine in bytes: past `replace` it is replaced when it is empty, past `kill` it is killed. */
export interface MemoryLimits {
  replace: number;
  kill: number;
}

export interface MemorySetting {
  /** The operator's word; null: what the engine needs. */
  limitBytes: number | null;
  /** What loaded models may take together. */
  modelBudgetBytes: number;
  machineBytes: number;
}

/** What this process and its neighbours are left with, whatever an engine needs. */
const MOST_OF_THE_MACHINE = 0.9;
const HARD_LIMIT_FACTOR = 1.5;

/**
 * Half of the machine. Two fifths are for pictures (`pictureBytes`), a tenth for the worker and whatever else runs there.
 */
export function defaultModelBudgetMb(machineBytes: number): number {
  return Math.round((0.5 * machineBytes) / MIB);
}

/** What an engine may take beside its models: two fifths of the machine, but room for one very large image, at most 3 GiB. */
function pictureBytes(machineBytes: number): number {
  return Math.min(3072 * MIB, Math.max(256 * MIB, 0.4 * machineBytes));
}

/**
 * `modelBytes`: what the models that are loaded now need. An engine may be on its way to more of them, as far as the budget goes,
 * so the hard limit counts with all of it.
 */
export function memoryLimits(
  { limitBytes, modelBudgetBytes, machineBytes }: MemorySetting,
  modelBytes: number,
): MemoryLimits {
  if (limitBytes !== null) return { replace: limitBytes, kill: limitBytes * HARD_LIMIT_FACTOR };
  const pictures = pictureBytes(machineBytes);
  const most = MOST_OF_THE_MACHINE * machineBytes;
  return {
    replace: Math.min(most, pictures + modelBytes),
    kill: Math.min(most, pictures * HARD_LIMIT_FACTOR + Math.max(modelBytes, modelBudgetBytes)),
  };
}
