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

/** Sections of an earlier scoreboard with those scored again in their places; new ones come last. */
export function replaceSections(earlier: readonly Section[], fresh: readonly Section[]): Section[] {
  const again = (title: string) => fresh.find((section) => section.title === title);
  const known = new Set(earlier.map(({ title }) => title));
  return [
    ...earlier.map((section) => again(section.title) ?? section),
    ...fresh.filter(({ title }) => !known.has(title)),
  ];
}
