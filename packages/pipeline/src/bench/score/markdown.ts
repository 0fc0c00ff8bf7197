import type { Section } from './section';
import type { Judged } from './targets';

const HEAD = `# Scoreboard

Written by \`npm run models:score\`, whose figures \`models/score/README.md\` explains: models by their ids, an eight-bit form as
\`-int8\`, beside methods without weights, all on the same inputs.

![The photos, cut out on magenta and on white, and after all four stages](contact-sheet.jpg)`;

/** The scoreboard as Markdown: the targets first, then every section. What has no figure is blank; LPIPS says so. */
export function toMarkdown(sections: readonly Section[], judged: readonly Judged[]): string {
  const tables = sections.filter(({ rows }) => rows.length > 0).map(sectionTable);
  return `${[HEAD, targetTable(judged), ...tables].join('\n\n')}\n`;
}

function targetTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ title, row, column, floor, goal, figure, verdict }) => {
    const decimals = Math.abs(floor) >= 10 ? 1 : Math.abs(floor) >= 1 ? 2 : 3;
    return [row, title.replace(': PSNR in dB', ''), column, `${floor} / ${goal}`, show(figure, decimals), verdict];
  });
  return `## Targets\n\n${table(['model', 'measured on', 'figure', 'floor / goal', 'reached', ''], rows)}`;
}

function sectionTable({ title, columns, rows }: Section): string {
  const names = Object.keys(columns).filter((name) => name === 'LPIPS' || rows.some(({ figures }) => name in figures));
  const body = rows.map(({ name, figures }) => [name, ...names.map((column) => cell(column, figures, columns))]);
  return `## ${title}\n\n${table(['', ...names], body)}`;
}

function cell(column: string, figures: Record<string, number>, columns: Section['columns']): string {
  const figure = figures[column];
  if (figure === undefined) return column === 'LPIPS' ? 'not available' : '';
  return show(figure, columns[column] ?? 2);
}

function show(figure: number, decimals: number): string {
  if (Number.isNaN(figure)) return '';
  return figure === Number.POSITIVE_INFINITY ? 'the same' : figure.toFixed(decimals);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
