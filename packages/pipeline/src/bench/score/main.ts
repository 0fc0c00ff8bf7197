import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchOptions, runProgram } from '../setting';
import { openBench } from './bench';
import { type Cases, readCases } from './cases';
import { scorePhotoClicks, scoreRenderClicks } from './clicks';
import { scorePhotoCutouts, scoreRenderCutouts } from './cutouts';
import { scoreGoodPhotos } from './good-photos';
import { toMarkdown } from './markdown';
import { scoreMattings } from './mattings';
import { scoreRestoration } from './restoration';
import { replaceSections, type Section } from './section';
import { scoreShadows } from './shadows';
import { judgeTargets } from './targets';

const text = { type: 'string' } as const;

/**
 * Scores every installed model and the methods without weights on the same inputs, and writes `scoreboard.md` and
 * `scoreboard.json` into OUT; models/score/score.mjs calls it. Without `--renders` what needs exact mattes or shadows is left out.
 */
async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...{ cases: text, photos: text, mattes: text, out: text, store: text, lpips: text, count: text },
      'models-dir': text,
      renders: { type: 'string', multiple: true },
      models: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
    },
  });
  const { cases: folder, photos, mattes, out, store, lpips, renders = [], only } = values;
  if (folder === undefined || photos === undefined || mattes === undefined || out === undefined) {
    throw new Error('usage: score --cases DIR --photos DIR --mattes DIR --out DIR [--renders DIR …]');
  }
  const count = Number(values.count ?? 40);
  const { limits } = benchOptions();
  const bench = await openBench({ store, models: values['models-dir'] }, { only: values.models, lpips });
  const suites: Record<string, (cases: Cases) => Promise<Section[]>> = {
    restoration: (cases) => scoreRestoration(bench, folder, cases),
    photos: async () => [await scoreGoodPhotos(bench, photos, limits)],
    cutouts: async (cases) => [
      ...(await scorePhotoCutouts(bench, { photos, mattes, limits, cases: folder }, cases)),
      ...(await each(renders, (render, name) => scoreRenderCutouts(bench, render, name, count))),
    ],
    shadows: () => each(renders, (render, name) => scoreShadows(bench, render, name, count)),
    mattings: () => each(renders, (render, name) => scoreMattings(bench, render, name, count)),
    clicks: async () => [
      await scorePhotoClicks(bench, { photos, mattes, limits }),
      ...(await each(renders, (render, name) => scoreRenderClicks(bench, render, name, count))),
    ],
  };
  try {
    await mkdir(out, { recursive: true });
    const cases = await readCases(folder);
    const sections: Section[] = [];
    for (const [suite, score] of Object.entries(suites)) {
      if (only !== undefined && !only.includes(suite)) continue;
      console.error(`scoring ${suite}`);
      sections.push(...(await score(cases)));
    }
    const file = join(out, 'scoreboard.json');
    const all = only === undefined ? sections : replaceSections(await readSections(file), sections);
    const judged = judgeTargets(all);
    await writeFile(file, `${JSON.stringify({ targets: judged, sections: all }, null, 2)}\n`);
    const markdown = toMarkdown(all, judged);
    await writeFile(join(out, 'scoreboard.md'), markdown);
    console.log(markdown);
  } finally {
    await bench.close();
  }
}

/** What an earlier run wrote; none without one. JSON has no infinity, and writes null. */
async function readSections(file: string): Promise<Section[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '{"sections":[]}';
  });
  const endless = (_: string, value: unknown) => value ?? Number.POSITIVE_INFINITY;
  return (JSON.parse(text, endless) as { sections: Section[] }).sections;
}

async function each(folders: readonly string[], score: (folder: string, name: string) => Promise<Section>) {
  const sections: Section[] = [];
  for (const folder of folders) sections.push(await score(folder, basename(folder)));
  return sections;
}

runProgram(main);
