/**
 * Compares Packshot's masks with those of transformers.js, from one and the same ONNX files.
 *
 *     npm install @huggingface/transformers@4.3.1          (anywhere; TRANSFORMERS_JS is its folder)
 *     TRANSFORMERS_JS=…/node_modules/@huggingface/transformers node transformers-js-compare.mjs JOB.json
 *
 * JOB.json is `{ cutout: { model, record, file }, prompt: { model, record, folder, points }, photos }`: either of the first
 * two may be absent; `points` are shares of width and height with a label. Prints a line of JSON for each photo.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, '../../../packages/pipeline/package.json'));
const sharp = require('sharp');
const theirs = await import(pathToFileURL(join(process.env.TRANSFORMERS_JS, 'dist/transformers.node.mjs')).href);
const { cutout, prompt, photos } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'packshot-transformers-js-'));
theirs.env.allowRemoteModels = false;
theirs.env.localModelPath = folder;

/** Puts model files where either of the two looks for them. */
function install(id, files, config, preprocessor) {
  mkdirSync(join(folder, id, 'onnx'), { recursive: true });
  for (const [name, path] of files) copyFileSync(path, join(folder, id, 'onnx', name));
  writeFileSync(join(folder, id, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, id, 'preprocessor_config.json'), JSON.stringify(preprocessor));
  writeFileSync(join(folder, id, 'processor_config.json'), JSON.stringify(preprocessor));
}

/** Packshot's mask of every photo. */
function ours(record, files, parameters) {
  const models = mkdtempSync(join(folder, 'packshot-'));
  mkdirSync(join(models, 'registry'));
  for (const [name, path] of files) linkOrCopy(path, join(models, name));
  const described = files.map(([name, path]) => {
    const role = name.endsWith('_data')
      ? 'data'
      : record.files.length > 1 && name.startsWith('vision')
        ? 'encoder'
        : 'decoder';
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    return { role: files.length === 1 ? 'main' : role, path: name, bundled: name, bytes: statSync(path).size, sha256 };
  });
  const licence = { spdx: 'Apache-2.0', commercial: true };
  writeFileSync(
    join(models, 'registry', `${record.id}.json`),
    JSON.stringify({ ...record, files: described, licence, packs: [] }),
  );
  return photos.map((photo) => {
    const out = mkdtempSync(join(folder, 'out-'));
    const background = { model: record.id, matting: 'none', decontaminate: false, ...parameters(photo) };
    const job = { models, pipeline: { background, output: { format: 'png' } }, photos: [photo], out };
    writeFileSync(join(out, 'job.json'), JSON.stringify(job));
    execFileSync('node', [join(here, 'run-packshot.mjs'), join(out, 'job.json')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return join(out, '0', 'mask.png');
  });
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

async function compare(model, photo, mask, path) {
  const answer = await sharp(path).extractChannel(0).raw().toBuffer();
  let [sum, largest] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    const apart = Math.abs(mask[i] - answer[i]);
    sum += apart;
    largest = Math.max(largest, apart);
  }
  if (mask.length !== answer.length) throw new Error(`${mask.length} pixels of theirs, ${answer.length} of ours`);
  console.log(JSON.stringify({ model, photo: basename(photo), mean: Number((sum / mask.length).toFixed(4)), largest }));
}

async function cutouts({ model, record: path, file }) {
  const record = JSON.parse(readFileSync(path, 'utf8'));
  const [input] = record.graphs.main.inputs;
  const { width, height } = record.size;
  install(
    model,
    [['model.onnx', file]],
    { model_type: 'isnet' },
    {
      image_processor_type: 'ViTFeatureExtractor',
      do_resize: true,
      size: { width, height },
      resample: 2,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: input.mean,
      image_std: input.std ?? [1, 1, 1],
    },
  );
  const remove = await theirs.pipeline('background-removal', model, { dtype: 'fp32', device: 'cpu' });
  // Stretching to extremes is the card's wish, not the pipeline's: off for both.
  for (const port of record.graphs.main.outputs) port.min_max = false;
  const paths = ours(record, [['model.onnx', file]], () => ({}));
  for (const [index, photo] of photos.entries()) {
    const [image] = [await remove(photo)].flat();
    const mask = Uint8Array.from({ length: image.width * image.height }, (_, i) => image.data[4 * i + 3]);
    await compare(model, photo, mask, paths[index]);
  }
}

async function prompts({ model, record: path, folder: from, points }) {
  const record = JSON.parse(readFileSync(path, 'utf8'));
  const files = readdirSync(from).map((name) => [name, join(from, name)]);
  const size = { width: 1024, height: 1024 };
  install(
    model,
    files,
    { model_type: 'sam2', 'transformers.js_config': { use_external_data_format: true } },
    {
      processor_class: 'Sam2Processor',
      image_processor_type: 'Sam2ImageProcessor',
      do_resize: true,
      size,
      resample: 2,
      do_rescale: true,
      rescale_factor: 1 / 255,
      mask_size: { width: 256, height: 256 },
      do_normalize: true,
      image_mean: [0.485, 0.456, 0.406],
      image_std: [0.229, 0.224, 0.225],
    },
  );
  const network = await theirs.Sam2Model.from_pretrained(model, { dtype: 'fp32', device: 'cpu' });
  const processor = await theirs.AutoProcessor.from_pretrained(model);
  const placed = new Map();
  for (const photo of photos) {
    const { width, height } = await sharp(photo).metadata();
    placed.set(
      photo,
      points.map(([x, y, label]) => [Math.round(x * width), Math.round(y * height), label]),
    );
  }
  const paths = ours(record, files, (photo) => ({ prompt: { points: placed.get(photo), softness: 0 } }));
  for (const [index, photo] of photos.entries()) {
    const image = await theirs.RawImage.read(photo);
    const inputs = await processor(image, {
      input_points: [[placed.get(photo).map(([x, y]) => [x, y])]],
      input_labels: [[placed.get(photo).map(([, , label]) => label)]],
    });
    const answers = await network(inputs);
    const [masks] = await processor.post_process_masks(
      answers.pred_masks,
      inputs.original_sizes,
      inputs.reshaped_input_sizes,
    );
    const scores = answers.iou_scores.data;
    const best = scores.indexOf(Math.max(...scores));
    const pixels = image.width * image.height;
    const mask = Uint8Array.from(masks.data.slice(best * pixels, (best + 1) * pixels), (value) => (value ? 255 : 0));
    await compare(model, photo, mask, paths[index]);
  }
}

try {
  if (cutout !== undefined) await cutouts(cutout);
  if (prompt !== undefined) await prompts(prompt);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
