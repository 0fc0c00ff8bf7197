/**
 * Puts photos through Packshot's own pipeline: `node run-packshot.mjs JOB.json`, where the job is
 * `{ models, pipeline, photos, out }`. Writes `out/<n>/` per photo, as the product does. Packages must be built.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
const require = createRequire(join(packages, 'pipeline/package.json'));
const { createRunner } = require('./dist/index.js');
const contracts = require('@packshot/contracts');

const { models, pipeline, photos, out } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const runner = await createRunner({
  modelsDir: models,
  storeDir: join(models, 'store'),
  providers: ['cpu'],
  threads: 2,
  limits: contracts.imageLimits(contracts.limitsConfig.parse({})),
});
try {
  for (const [index, inputPath] of photos.entries()) {
    const outputDir = join(out, String(index));
    mkdirSync(outputDir, { recursive: true });
    const asked = contracts.resolvePipeline(contracts.pipelineSchema.parse(pipeline));
    await runner.run({ inputPath, outputDir, pipeline: asked });
  }
} catch (error) {
  console.error(`${error.code ?? 'error'}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await runner.close();
}
