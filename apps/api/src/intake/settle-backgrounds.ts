import {
  AppError,
  type BackgroundImage,
  backgroundImage,
  type Pipeline,
  withBackgroundImage,
} from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import type { Deps } from '../deps';
import { storeUpload } from '../uploads/store-upload';
import { decodeBase64 } from './decode-base64';
import type { Draft } from './draft';
import { openReferences } from './references';

const POINTER = '/pipeline/compose/background/image';

/** Checks an image to compose before; gives how the record of the job is to name it. */
type Settle = (image: BackgroundImage) => Promise<BackgroundImage>;

/**
 * Looks at the images that the pipelines of a draft compose before, as at those of items: references are checked as far as can be
 * without fetching them, and `base64` becomes an upload of the tenant's, so that no record carries it. What is wrong with the job's
 * own refuses the request; what is wrong with an item's fails that item, or refuses a `strict` request.
 */
export async function settleBackgrounds(
  deps: Deps,
  tenant: string,
  { strict, ...draft }: Draft,
): Promise<Omit<Draft, 'strict'>> {
  const pipelines = [draft.pipeline, ...draft.items.map((item) => item.pipeline)];
  const images = pipelines.flatMap((pipeline) => (pipeline && backgroundImage(pipeline)) ?? []);
  if (images.length === 0) return draft;
  const settle = await openBackgrounds(deps, tenant, images);
  const pipeline = await settled(draft.pipeline, settle, POINTER);
  const items: NewItem[] = [];
  for (const [index, item] of draft.items.entries()) {
    try {
      const own = item.pipeline && (await settled(item.pipeline, settle, `/items/${index}${POINTER}`));
      items.push({ ...item, pipeline: own });
    } catch (error) {
      if (strict) throw error;
      // The pipeline goes: its record would carry the image.
      items.push({ ...item, pipeline: null, source: AppError.from(error).toItemError() });
    }
  }
  return { ...draft, pipeline, items };
}

async function openBackgrounds(deps: Deps, tenant: string, images: readonly BackgroundImage[]): Promise<Settle> {
  const refer = await openReferences(deps, tenant, images);
  // Items with the same image share one upload.
  const uploads = new Map<string, Promise<string>>();
  return async (image) => {
    const { base64 } = image;
    if (base64 === undefined) {
      refer(image);
      return image;
    }
    const upload = uploads.get(base64) ?? store(deps, tenant, base64);
    uploads.set(base64, upload);
    return { upload: await upload };
  };
}

async function store(deps: Deps, tenant: string, base64: string): Promise<string> {
  const bytes = decodeBase64(base64);
  if (bytes === null) throw new AppError('invalid_base64');
  return storeUpload(deps, tenant, bytes);
}

async function settled(pipeline: Pipeline, settle: Settle, pointer: string): Promise<Pipeline> {
  const image = backgroundImage(pipeline);
  if (image === null) return pipeline;
  try {
    return withBackgroundImage(pipeline, await settle(image));
  } catch (thrown) {
    const { code, message } = AppError.from(thrown);
    throw new AppError(code, `The background: ${message}`, {
      cause: thrown,
      errors: [{ pointer, detail: message, code }],
    });
  }
}
