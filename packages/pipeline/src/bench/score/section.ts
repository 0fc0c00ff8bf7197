/** One table of the scoreboard: methods and models by row, figures by column. */
export interface Section {
  title: string;
  /** Digits after the point by column, in the order in which they are shown. */
  columns: Readonly<Record<string, number>>;
  rows: Row[];
}

export interface Row {
  name: string;
  /** What a row has no figure for is left out; infinite is the same picture. */
  figures: Record<string, number>;
}

/** The mean of every figure, over those that have it. */
export function meanFigures(all: readonly Record<string, number>[]): Record<string, number> {
  const names = new Set(all.flatMap((figures) => Object.keys(figures)));
  return Object.fromEntries([...names].map((name) => [name, mean(all.flatMap((figures) => figures[name] ?? []))]));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
