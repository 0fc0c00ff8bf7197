/**
 * Compares Packshot's masks with those of transformers.js, from one and the same ONNX files.
 *
 *     ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix FOLDER @huggingface/transformers@4.3.1
 *     TRANSFORMERS_JS=FOLDER node transformers-js-compare.mjs JOB.json
 *
 * JOB.json is `{ cutout: { model, file }, prompt: { model, folder, points }, photos }`: either of the first two may be absent.
 * Models are ids of the registry; `points` are shares of width and height with a label. Masks may differ by a step of 8 bits in
 * the mean of a photo. Prints a line of JSON for each photo; ends with 1 when one differs by more.
 */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packshotMasks } from './packshot-masks.mjs';

const MOST = 1;
const IMAGENET = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
/** Of transformers.js: bilinear. */
const BILINEAR = 2;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sharp = createRequire(join(root, 'packages/pipeline/package.json'))('sharp');
const registry = (id) => join(root, 'models/registry', `${id}.json`);

const [jobPath] = process.argv.slice(2);
const { TRANSFORMERS_JS } = process.env;
if (jobPath === undefined || TRANSFORMERS_JS === undefined) throw new Error('usage: see the head of this file');
const { cutout, prompt, photos } = JSON.parse(readFileSync(jobPath, 'utf8'));
const entry = join(TRANSFORMERS_JS, 'node_modules/@huggingface/transformers/dist/transformers.node.mjs');
const theirs = await import(pathToFileURL(entry).href);

const folder = mkdtempSync(join(tmpdir(), 'packshot-transformers-js-'));
theirs.env.allowRemoteModels = false;
theirs.env.localModelPath = folder;
try {
  if (cutout !== undefined) await compareCutouts(cutout);
  if (prompt !== undefined) await comparePrompts(prompt);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compareCutouts({ model, file }) {
  const record = JSON.parse(readFileSync(registry(model), 'utf8'));
  const [{ range = 1, mean, std = [1, 1, 1] }] = record.graphs.main.inputs;
  install(
    model,
    { 'model.onnx': file },
    { model_type: 'isnet' },
    {
      image_processor_type: 'ViTFeatureExtractor',
      size: { width: record.size.width, height: record.size.height },
      image_mean: mean.map((value) => value / range),
      image_std: std.map((value) => value / range),
    },
  );
  const remove = await theirs.pipeline('background-removal', model, { dtype: 'fp32', device: 'cpu' });
  const background = { compatibility: 'transformers.js' };
  const masks = await packshotMasks({
    record: registry(model),
    files: { 'model.onnx': file },
    photos: photos.map((path) => ({ path, background })),
    out: join(folder, 'masks'),
  });
  for (const [index, photo] of photos.entries()) {
    const [{ data, width, height }] = [await remove(photo)].flat();
    report(
      model,
      photo,
      Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]),
      await alpha(masks[index]),
    );
  }
}

async function comparePrompts({ model, folder: from, points }) {
  const record = JSON.parse(readFileSync(registry(model), 'utf8'));
  const files = Object.fromEntries(record.files.map(({ path }) => [path, join(from, path)]));
  install(
    model,
    files,
    {
      model_type: 'sam2',
      vision_config: { num_feature_levels: 3 },
      'transformers.js_config': { use_external_data_format: true },
    },
    {
      processor_class: 'Sam2Processor',
      image_processor_type: 'Sam2ImageProcessor',
      size: { width: record.size.width, height: record.size.height },
      mask_size: { width: 256, height: 256 },
      ...IMAGENET,
    },
  );
  const network = await theirs.Sam2Model.from_pretrained(model, { dtype: 'fp32', device: 'cpu' });
  const processor = await theirs.AutoProcessor.from_pretrained(model);
  const placed = await Promise.all(
    photos.map(async (photo) => {
      const { width, height } = await sharp(photo).metadata();
      return points.map(([x, y, label]) => [Math.round(x * width), Math.round(y * height), label]);
    }),
  );
  const masks = await packshotMasks({
    record: registry(model),
    files,
    photos: photos.map((path, i) => ({
      path,
      background: { prompt: { points: placed[i], softness: 0 }, compatibility: 'transformers.js' },
    })),
    out: join(folder, 'prompted'),
  });
  for (const [index, photo] of photos.entries()) {
    const image = await theirs.RawImage.read(photo);
    const inputs = await processor(image, {
      input_points: [[placed[index].map(([x, y]) => [x, y])]],
      input_labels: [[placed[index].map(([, , label]) => label)]],
    });
    const answers = await network(inputs);
    const sizes = [inputs.original_sizes, inputs.reshaped_input_sizes];
    const [offered] = await processor.post_process_masks(answers.pred_masks, ...sizes);
    const scores = answers.iou_scores.data;
    const best = scores.indexOf(Math.max(...scores));
    const pixels = image.width * image.height;
    const mask = Uint8Array.from(offered.data.slice(best * pixels, (best + 1) * pixels), (value) => (value ? 255 : 0));
    report(model, photo, mask, await alpha(masks[index]));
  }
}

/** Puts model files and what transformers.js wants to know where it looks for them. */
function install(id, files, config, preprocessor) {
  mkdirSync(join(folder, id, 'onnx'), { recursive: true });
  for (const [name, path] of Object.entries(files)) copyFileSync(path, join(folder, id, 'onnx', name));
  const how = { do_resize: true, resample: BILINEAR, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true };
  const described = { ...how, ...preprocessor };
  writeFileSync(join(folder, id, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, id, 'preprocessor_config.json'), JSON.stringify(described));
  writeFileSync(join(folder, id, 'processor_config.json'), JSON.stringify(described));
}

function alpha(path) {
  return sharp(path).extractChannel(0).raw().toBuffer();
}

function report(model, photo, expected, found) {
  if (expected.length !== found.length) throw new Error(`${expected.length} pixels of theirs, ${found.length} of ours`);
  let [sum, largest, differing, shown] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(expected[i] - found[i]);
    sum += apart;
    if (apart > 0) differing++;
    if (expected[i] > 127) shown++;
    largest = Math.max(largest, apart);
  }
  const share = (count) => Number((count / expected.length).toFixed(4));
  const mean = Number((sum / expected.length).toFixed(4));
  console.log(
    JSON.stringify({ model, photo: basename(photo), mean, largest, differing: share(differing), shown: share(shown) }),
  );
  if (mean > MOST) process.exitCode = 1;
}
