import { defaultModelBudgetMb, memoryLimits } from './memory-limits';

const [MIB, GIB] = [2 ** 20, 2 ** 30];
const machine = (gib: number, limitBytes: number | null = null) => ({
  limitBytes,
  modelBudgetBytes: defaultModelBudgetMb(gib * GIB) * MIB,
  machineBytes: gib * GIB,
});
const mib = ({ replace, kill }: { replace: number; kill: number }) => [replace, kill].map((n) => Math.round(n / MIB));

describe("an engine's memory limits", () => {
  test.each([
    { gib: 1, models: 0, limits: [410, 922] },
    { gib: 1, models: 400, limits: [810, 922] },
    { gib: 1, models: 4000, limits: [922, 922] },
    { gib: 8, models: 0, limits: [3072, 7373] },
    { gib: 8, models: 4000, limits: [7072, 7373] },
    { gib: 64, models: 0, limits: [3072, 4608 + 32_768] },
    { gib: 64, models: 40_000, limits: [43_072, 44_608] },
  ])('are, on $gib GiB with models of $models MiB, $limits MiB', ({ gib, models, limits }) => {
    expect(mib(memoryLimits(machine(gib), models * MIB))).toEqual(limits);
  });

  test('are what the operator says, however large the models are', () => {
    expect(mib(memoryLimits(machine(8, 500 * MIB), 4 * GIB))).toEqual([500, 750]);
  });
});
