/**
 * Puts photos with their trimaps through Packshot's matting: `node run-matte.mjs JOB.json`, where the job is
 * `{ record, model, problems: [{ photo, trimap, out }] }`: the record of a matting model, its graph, and pictures. Packages
 * must be built.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../../packages/pipeline/package.json', import.meta.url)));
const { createPace, runMatte } = require('./dist/pixels');
const { pictureInput } = require('./dist/models/network');
const { modelRecordSchema } = require('./dist/models/record');
const { InferenceSession, Tensor } = require('onnxruntime-node');
const sharp = require('sharp');

const { model, problems, ...job } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const record = modelRecordSchema.parse(job.record);
const session = await InferenceSession.create(model);
const input = { ...record.size, ...pictureInput(record) };

async function read(path, channels) {
  const image = sharp(path).toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`${path} has ${info.channels} channels`);
  return { width: info.width, height: info.height, channels, data };
}

for (const { photo, trimap, out } of problems) {
  const colour = await read(photo, 3);
  const known = (await read(trimap, 1)).data;
  const alpha = await runMatte({ photo: colour, trimap: known }, input, {
    pace: createPace(new AbortController().signal),
    onReduced() {},
    async run(data, height, width) {
      const answers = await session.run({
        [session.inputNames[0]]: new Tensor('float32', data, [1, 4, height, width]),
      });
      return answers[session.outputNames[0]].data;
    },
  });
  await sharp(alpha, { raw: { width: colour.width, height: colour.height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(out);
}
