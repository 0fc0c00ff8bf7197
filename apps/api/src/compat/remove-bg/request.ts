import { AppError, newId, type Pipeline, type PipelineRequest } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { checkUrl } from '@packshot/service';
import type { Request } from 'express';
import type { ApiConfig } from '../../config';
import type { Deps } from '../../deps';
import { parseJson } from '../../http/json';
import type { Arrival } from '../../intake/arrival';
import { readImage, readWatched } from '../../intake/body-watch';
import { describeSource, receiveItems } from '../../intake/json-job';
import { narrower, readFacadeForm } from '../form';
import { pipelineOf } from '../one-image';
import type { creditsOf } from './credits';
import { RemoveBgError } from './errors';
import { type Extent, parseParameters, type RemoveBgParameters, type Sides } from './parameters';

/** What a request asks for, with its image. */
export interface RemoveBgRequest {
  parameters: RemoveBgParameters;
  pipeline: Pipeline;
  item: NewItem;
  /** In credits. */
  price: number;
}

interface Body {
  fields: Readonly<Record<string, string>>;
  /** As `image_file`. */
  files: readonly NewItem[];
  /** As `bg_image_file`. */
  background: Buffer | null;
}

/** Reads the body, of any of the three kinds, down to a pipeline and one image. Throws RemoveBgError and what images throw. */
export async function readRequest(
  deps: Deps,
  request: Request,
  arrival: Arrival,
  credits: Pick<ReturnType<typeof creditsOf>, 'afford'>,
): Promise<RemoveBgRequest> {
  const { config } = deps;
  const { fields, files, background } = await readBody(deps, request, arrival);
  const asked = parseParameters(fields);
  const { size, price } = await credits.afford(asked.size);
  const parameters = { ...asked, size };
  checkBackgrounds(parameters, background, config);
  const pipeline = pipelineOf(stages(parameters, background));
  const item = await receiveSource(deps, arrival, fields, files);
  if (!('code' in item.source)) checkSize(item, parameters, config);
  return { parameters, pipeline, item, price };
}

async function readBody(deps: Deps, request: Request, arrival: Arrival): Promise<Body> {
  const { config } = deps;
  const limits = narrower(config, { maxFileBytes: config.REMOVEBG_MAX_FILE_BYTES });
  const most = Math.ceil((limits.maxFileBytes * 4) / 3) + 100_000;
  const none = { files: [], background: null };
  if (request.is('multipart/form-data')) {
    const images: { background: Buffer | null } = { background: null };
    const form = await readFacadeForm(deps, request, arrival, {
      images: ['image_file'],
      maxFiles: 2,
      limits,
      maxFieldBytes: most,
      onOther: (field, bytes) => {
        if (field === 'bg_image_file' && bytes.length > 0) images.background = bytes;
      },
    });
    return { ...form, ...images };
  }
  if (request.is('application/json')) {
    return { ...none, fields: textsOf(parseJson(await readWatched(request, most, arrival.watch))) };
  }
  if (!request.is('application/x-www-form-urlencoded')) {
    throw new AppError(
      'unsupported_media_type',
      'Send multipart/form-data, JSON or application/x-www-form-urlencoded.',
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of readImage(request, 3 * most, arrival.watch)) chunks.push(chunk);
  return { ...none, fields: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) };
}

/** JSON has booleans and numbers where forms have text. */
function textsOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('invalid_json', 'The body is not a JSON object.');
  }
  const simple = Object.entries(body).filter(([, value]) => ['string', 'boolean', 'number'].includes(typeof value));
  return Object.fromEntries(simple.map(([name, value]) => [name, String(value)]));
}

async function receiveSource(
  deps: Deps,
  arrival: Arrival,
  fields: Body['fields'],
  files: readonly NewItem[],
): Promise<NewItem> {
  const base64 = fields.image_file_b64?.replace(/^data:[^,]{0,100},/, '').replace(/\s+/g, '');
  const url = fields.image_url?.trim();
  const given = [files.length > 0, Boolean(base64), Boolean(url)].filter(Boolean).length;
  if (given === 0) {
    const detail = 'One of image_url, image_file and image_file_b64 holds the source image.';
    throw new RemoveBgError([{ code: 'missing_source', title: 'No image given', detail }]);
  }
  if (given > 1 || files.length > 1) {
    const detail = 'Only one of image_url, image_file and image_file_b64 may be given.';
    throw new RemoveBgError([{ code: 'multiple_sources', title: 'Multiple image sources given', detail }]);
  }
  const [file] = files;
  if (file) return file;
  if (base64 && (base64.length * 3) / 4 > deps.config.REMOVEBG_MAX_FILE_BYTES) throw new AppError('file_too_large');
  const source = base64 ? { base64 } : { url };
  const [item] = await receiveItems(deps, arrival, [describeSource(newId('item'), source, null)]);
  return item as NewItem;
}

function checkBackgrounds({ bgColor, bgImageUrl }: RemoveBgParameters, file: Buffer | null, config: ApiConfig): void {
  if ([bgColor, bgImageUrl, file].filter((source) => source !== null).length > 1) {
    const detail = 'Only one of bg_color, bg_image_url and bg_image_file may be given.';
    throw new RemoveBgError([{ code: 'multiple_bg_sources', title: 'Multiple background sources given', detail }]);
  }
  if (bgImageUrl === null) return;
  try {
    checkUrl(bgImageUrl, { allowHosts: config.ALLOW_PRIVATE_HOSTS });
  } catch (error) {
    const detail = AppError.from(error).message;
    throw new RemoveBgError([{ code: 'invalid_bg_image_url', title: 'Invalid bg_image_url', detail }]);
  }
}

/** What can only be said once the image is there; of one that the worker fetches nothing is known yet. */
function checkSize({ input: { width, height } }: NewItem, { roi }: RemoveBgParameters, config: ApiConfig): void {
  if (!width || !height) return;
  const most = config.REMOVEBG_MAX_INPUT_MEGAPIXELS;
  if (width * height > most * 1e6) {
    const has = Math.round((width * height) / 1e6);
    throw new AppError('image_too_large', `Input image has ${has} megapixels, the most is ${most} megapixels`);
  }
  if (roi === null) return;
  const [x1, y1, x2, y2] = [
    pixels(roi[0], width),
    pixels(roi[1], height),
    pixels(roi[2], width),
    pixels(roi[3], height),
  ];
  if (x2 > width || y2 > height) {
    throw new RemoveBgError([{ code: 'roi_exceeds_bounds', title: 'ROI exceeds image bounds' }]);
  }
  if (x1 >= x2 || y1 >= y2) throw new RemoveBgError([{ code: 'roi_region_empty', title: 'ROI region is empty' }]);
}

const pixels = (extent: Extent, side: number) => ('px' in extent ? extent.px : Math.round(extent.share * side));
const length = (extent: Extent) => ('px' in extent ? extent.px : `${Number((extent.share * 100).toFixed(3))}%`);

function stages(parameters: RemoveBgParameters, backgroundFile: Buffer | null): PipelineRequest {
  const { roi, channels } = parameters;
  return {
    background: roi === null ? true : { region: sides(roi) },
    compose: composition(parameters, backgroundFile),
    output: {
      format: formatOf(parameters),
      channels,
      mask: false,
      background: '#ffffff',
      max_megapixels: megapixels(parameters, backgroundFile !== null),
    },
  };
}

/** x1 y1 x2 y2 */
function sides([left, top, right, bottom]: Sides) {
  return { left: length(left), top: length(top), right: length(right), bottom: length(bottom) };
}

function composition(parameters: RemoveBgParameters, file: Buffer | null): PipelineRequest['compose'] {
  const { crop, cropMargin, scale, position, shadow, bgColor, bgImageUrl } = parameters;
  if (!crop && scale === null && position === null && !shadow && bgColor === null && bgImageUrl === null && !file) {
    return false;
  }
  const [top, right, bottom, left] = cropMargin;
  const image = file ? { base64: file.toString('base64') } : bgImageUrl === null ? null : { url: bgImageUrl };
  return {
    background: image ? { image } : bgColor === null ? 'transparent' : { color: bgColor },
    crop,
    ...(crop && { margin: { top: length(top), right: length(right), bottom: length(bottom), left: length(left) } }),
    ...(scale !== null && { scale }),
    // A subject that is scaled stands in the middle unless something else is said.
    ...(position !== null && { position }),
    shadow: shadow ?? false,
  };
}

function formatOf({ format, channels }: RemoveBgParameters) {
  if (format === 'jpg') return 'jpeg';
  return format === 'auto' && channels === 'alpha' ? 'png' : format;
}

/** The largest result of each size; a PNG, or what may turn out to be one, ends at ten. */
function megapixels({ size, format, bgColor, bgImageUrl }: RemoveBgParameters, backgroundFile: boolean): number {
  const opaque = backgroundFile || bgImageUrl !== null || bgColor?.endsWith('ff');
  const most = format === 'png' || (format === 'auto' && !opaque) ? 10 : size === '50MP' ? 50 : 25;
  return { preview: 0.25, medium: 1.5, hd: 4, full: most, '50MP': most, auto: most }[size];
}
