/**
 * Puts photos through Packshot's own pipeline. Reads a path to a job from each line of its input, and answers each with a line:
 * `{}`, or `{ error }` where Packshot refused. A job is JSON, `{ models, pipeline, photos, out, broken }`. Packages must be built.
 *
 * Writes `out/<n>/` per photo, as the product does, and there what entered the networks and what they answered: `runs.json`, an
 * array of `{ graph, feeds, answers }` in their order, with the values in `runs.f32`. `broken` names one of the FAULTS, which the
 * pipeline then has.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
const require = createRequire(join(packages, 'pipeline/package.json'));
const inference = require('./dist/runtime/inference.js');
const loading = require('./dist/models/load-network.js');
const windows = require('./dist/tile/windows.js');
const fitting = require('./dist/models/fit-picture.js');
const { createRunner } = require('./dist/index.js');
const contracts = require('@packshot/contracts');

/** Null while nobody wants to know: a network warms up on blank pictures. */
let recorded = null;

const { createInference } = inference;
inference.createInference = (options) => {
  const real = createInference(options);
  const load = async (name, ...rest) => {
    const { graph, session } = await real.load(name, ...rest);
    const [model] = name.split('@');
    return { graph, session: { run: (feeds, outputs) => recordRun(model, session, feeds, outputs) } };
  };
  return Object.assign(Object.create(real), { load });
};

const { loadNetwork } = loading;
loading.loadNetwork = async (...given) => {
  const before = recorded;
  recorded = null;
  try {
    return await loadNetwork(...given);
  } finally {
    recorded = before;
  }
};

const { reflect } = windows;
const { fitPicture } = fitting;
const FAULTS = {
  /** What lies beyond a picture repeats its last pixel. */
  borders() {
    windows.reflect = (at, length) => Math.min(length - 1, Math.max(0, at));
  },
  /** A picture keeps its aspect where the network was trained on squashed ones. */
  aspect() {
    fitting.fitPicture = (record, ...rest) =>
      fitPicture({ ...record, size: { ...record.size, policy: 'letterbox', pad: 'zero' } }, ...rest);
  },
};

async function recordRun(graph, session, feeds, outputs) {
  const run = recorded === null ? null : { graph, feeds: copied(feeds) };
  recorded?.push(run);
  const answers = await session.run(feeds, outputs);
  if (run !== null) run.answers = copied(answers);
  return answers;
}

/** Whoever runs a tensor gives it away, and answers are changed in place. */
function copied(tensors) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]),
  );
}

function writeRuns(folder, runs) {
  const values = [];
  let length = 0;
  const place = (tensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { data, dims }]) => {
        values.push(Buffer.from(data.buffer));
        const at = length;
        length += data.length;
        return [name, { at, dims }];
      }),
    );
  const found = runs.map(({ graph, feeds, answers }) => ({ graph, feeds: place(feeds), answers: place(answers) }));
  writeFileSync(join(folder, 'runs.json'), JSON.stringify(found));
  writeFileSync(join(folder, 'runs.f32'), Buffer.concat(values));
}

async function runJob({ models, pipeline, photos, out, broken }) {
  let runner;
  try {
    FAULTS[broken]?.();
    runner = await createRunner({
      modelsDir: models,
      storeDir: join(models, 'store'),
      providers: ['cpu'],
      threads: 1,
      limits: contracts.imageLimits(contracts.limitsConfig.parse({})),
    });
    for (const [index, inputPath] of photos.entries()) {
      const outputDir = join(out, String(index));
      mkdirSync(outputDir, { recursive: true });
      const asked = contracts.resolvePipeline(contracts.pipelineSchema.parse(pipeline));
      recorded = [];
      await runner.run({ inputPath, outputDir, pipeline: asked });
      writeRuns(outputDir, recorded);
    }
    return {};
  } catch (error) {
    const cause = error.cause === undefined ? '' : ` (${error.cause.stack ?? error.cause})`;
    return { error: `${error.code ?? 'error'}: ${error.message}${cause}` };
  } finally {
    windows.reflect = reflect;
    fitting.fitPicture = fitPicture;
    recorded = null;
    await runner?.close();
  }
}

for await (const path of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await runJob(JSON.parse(readFileSync(path, 'utf8')))));
}
