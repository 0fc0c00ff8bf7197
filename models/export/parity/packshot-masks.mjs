/**
 * Packshot's masks from model files at hand: `node packshot-masks.mjs JOB.json`, where the job is
 * `{ record, files, photos: [{ path, background }], out }`. `record` is a path in the registry, of which everything holds but the
 * bytes and checksums of its files; `files` gives a path for each by its name. Writes `out/<n>.png`. Packages must be built.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
const require = createRequire(join(packages, 'pipeline/package.json'));
const { createRunner } = require('./dist/index.js');
const contracts = require('@packshot/contracts');

/** Paths of the masks, in the photos' order. */
export async function packshotMasks({ record, files, photos, out }) {
  mkdirSync(out, { recursive: true });
  const models = mkdtempSync(join(tmpdir(), 'packshot-models-'));
  try {
    const id = install(JSON.parse(readFileSync(record, 'utf8')), files, models);
    const limits = contracts.imageLimits(contracts.limitsConfig.parse({}));
    const runner = await createRunner({
      modelsDir: models,
      storeDir: join(models, 'store'),
      providers: ['cpu'],
      threads: 2,
      limits,
    });
    try {
      const masks = [];
      for (const [index, { path, background }] of photos.entries()) {
        const asked = { background: { model: id, matting: 'none', decontaminate: false, ...background } };
        const pipeline = contracts.resolvePipeline(contracts.pipelineSchema.parse(asked));
        const { mask } = await runner.run({ inputPath: path, outputDir: out, pipeline });
        masks.push(join(out, `${index}.png`));
        renameSync(mask.path, masks[index]);
      }
      return masks;
    } finally {
      await runner.close();
    }
  } finally {
    rmSync(models, { recursive: true });
  }
}

/** A folder of models with this one in it. */
function install(record, files, models) {
  mkdirSync(join(models, 'registry'));
  const described = record.files.map(({ role, path }) => {
    cpSync(files[path], join(models, path));
    const sha256 = createHash('sha256').update(readFileSync(files[path])).digest('hex');
    return { role, path, bundled: path, bytes: statSync(files[path]).size, sha256 };
  });
  const licence = { spdx: 'Apache-2.0', commercial: true };
  const installed = { ...record, files: described, licence, packs: [] };
  writeFileSync(join(models, 'registry', `${record.id}.json`), JSON.stringify(installed));
  return record.id;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await packshotMasks(JSON.parse(readFileSync(process.argv[2], 'utf8')));
}
