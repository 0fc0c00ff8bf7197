/** Standard output or standard error, or what stands for them. */
export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Where a command writes: what was asked for to standard output, everything about the way there to standard error. */
export interface Output {
  /** JSON, and nothing else, goes to standard output: one document, or a line for each answer. */
  readonly json: boolean;
  /** The answer: `value` with --json, else `text`. */
  result(value: unknown, text: string): void;
  /** One of the answers of a command that goes on: with --json a line of JSON each. */
  line(value: unknown, text: string): void;
  note(text: string): void;
  /** Whether standard error is a terminal that can redraw a line. */
  readonly live: boolean;
  redraw(line: string): void;
}

export function createOutput(json: boolean, out: Stream, err: Stream): Output {
  const live = err.isTTY === true && !json;
  let drawn = false;
  const clear = () => {
    if (drawn) err.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    json,
    live,
    result(value, text) {
      clear();
      out.write(json ? `${JSON.stringify(value, null, 2)}\n` : text === '' ? '' : `${text}\n`);
    },
    line(value, text) {
      clear();
      out.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    note(text) {
      clear();
      err.write(`${text}\n`);
    },
    redraw(line) {
      clear();
      err.write(line.slice(0, (err.columns || 80) - 1));
      drawn = true;
    },
  };
}

const BAR = 24;

/** How much of a whole; empty while that is not known. */
export function bar(part: number, whole: number | null): string {
  const full = whole === null || whole === 0 ? 0 : Math.min(BAR, Math.round((part / whole) * BAR));
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}]`;
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
