import type { ErrorCode } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Deps } from '../deps';
import { beforeHeaders } from '../http/before-headers';
import { rateOf } from '../http/rate-limit';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { SUBMIT_ERRORS } from '../intake/submit';
import { ITEM_ERRORS } from '../reading/item-outcome';
import { FILE, sendWithFile } from './base64-json';
import { answerWithImage, type Done, draftOfImage } from './one-image';
import { creditsOf } from './remove-bg/credits';
import { RemoveBgError, removeBgErrors } from './remove-bg/errors';
import { readRequest } from './remove-bg/request';

const field = (text: string) => z.string().optional().describe(text);

const fields = {
  image_file_b64: field('the image as base64; exactly one of image_file, image_file_b64 and image_url'),
  image_url: field('where the worker fetches the image'),
  size: field('preview (0.25 megapixels, the default), medium (1.5), hd (4), full (25; PNG 10), 50MP, auto'),
  type: field('auto, person, product, car, animal, graphic, transportation, other; one model serves all'),
  type_level: field('none, 1, 2 or latest; the kind of foreground is not told apart: X-Type is `other`'),
  format: field('auto, png, jpg, webp, zip (color.jpg and alpha.png)'),
  roi: field('x1 y1 x2 y2, in px or %: only there the subject is looked for'),
  crop: field('true: cut off what is empty'),
  crop_margin: field('left free around what was cropped: one, two or four values up to 500px or 50%'),
  scale: field('original, or 10% to 100% of the image'),
  position: field('original, center, x%, or x% y%'),
  channels: field('rgba, or alpha for the matte'),
  shadow_type: field('none, auto, drop, 3D, car'),
  shadow_opacity: field('0 to 100, 70 by default'),
  semitransparency: field('true or false; only ever meant car windows'),
  add_shadow: field('the older form of shadow_type, for cars'),
  shadow_method: field('of add_shadow: latest or legacy'),
  bg_color: field('hex digits (fff, 81d4fa, 81d4fa77) or the name of a colour'),
  bg_image_url: field('a picture to stand before, filling the canvas'),
};
const body = z.object(fields).meta({ id: 'RemoveBg' });
const form = z
  .object({ ...fields, image_file: z.file().optional(), bg_image_file: z.file().optional() })
  .meta({ id: 'RemoveBgForm' });

const RATE_HEADERS = {
  'X-RateLimit-Limit': 'megapixels (or requests) a minute, where there is a limit',
  'X-RateLimit-Remaining': 'what is left of it',
  'X-RateLimit-Reset': 'when it is whole again, as a Unix time',
};

/** With every answer, refusals too. */
const sayRate = beforeHeaders((response) => {
  const rate = rateOf(response);
  if (!rate) return;
  response.setHeader('X-RateLimit-Limit', String(Math.floor(rate.limit)));
  response.setHeader('X-RateLimit-Remaining', String(Math.max(0, Math.floor(rate.remaining))));
  response.setHeader('X-RateLimit-Reset', String(Math.ceil(Date.now() / 1000) + rate.resetSeconds));
});

/** Facts of the request that the answer needs, also when the request comes again: kept with the job. */
const keptSchema = z.object({ price: z.coerce.number(), type: z.string() });

export const removeBg: Route = {
  method: 'POST',
  path: '/v1.0/removebg',
  operationId: 'removeBg',
  tag: 'remove.bg',
  summary: 'Cut one image out; the answer is the image, or JSON with it for who accepts that',
  scope: 'submit',
  requestHeaders: { ...IDEMPOTENCY_HEADER, Accept: '`application/json` for the image as base64 in JSON' },
  body: {
    'multipart/form-data': { schema: form },
    'application/x-www-form-urlencoded': { schema: body },
    'application/json': { schema: body, example: { image_url: 'https://shop.example/shoe.jpg', size: 'full' } },
  },
  answers: {
    200: {
      description: 'The cut-out',
      schema: z
        .object({
          data: z.object({
            result_b64: z.string(),
            foreground_top: z.int(),
            foreground_left: z.int(),
            foreground_width: z.int(),
            foreground_height: z.int(),
          }),
        })
        .meta({ id: 'RemoveBgResult' }),
      otherMediaTypes: ['image/*', 'application/zip'],
      headers: {
        'X-Width': 'of the result',
        'X-Height': 'of the result',
        'X-Max-Width': 'of the largest result that there is of this image',
        'X-Max-Height': 'of the largest result that there is of this image',
        'X-Type': '`other`; absent for type_level none',
        'X-Foreground-Top': 'where the subject lies in the result',
        'X-Foreground-Left': 'where the subject lies in the result',
        'X-Foreground-Width': 'how large the subject is',
        'X-Foreground-Height': 'how large the subject is',
        'X-Credits-Charged': '0.25 for a preview, else 1; 0 for sandbox keys',
        'X-Job-Id': 'id of the job',
        ...RATE_HEADERS,
        ...REPLAYED_HEADER,
      },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS, 'region_outside', 'insufficient_credits'] satisfies ErrorCode[],
  errorForm: removeBgErrors,
  prepare: sayRate,
  handler: (deps) => async (request, response) => {
    const credits = creditsOf(deps, response);
    await answerWithImage(deps, request, response, {
      operationId: 'removeBg',
      receive: async (_deps, _request, arrival) => {
        const { parameters, pipeline, item, price } = await readRequest(deps, request, arrival, credits);
        const facade = { price: String(price), type: parameters.tellType ? 'other' : '' };
        return draftOfImage(deps, arrival.jobId, item, pipeline, { facade });
      },
      answer: async (done) => {
        const { price } = keptSchema.parse(done.job.facade);
        if (!done.item.subject) {
          throw new RemoveBgError([{ code: 'unknown_foreground', title: 'Could not identify foreground in image' }]);
        }
        // Of a request that came again it was taken the first time.
        if (!response.hasHeader('Idempotency-Replayed')) await credits.charge(price);
        await answer(deps, request, response, done);
      },
    });
  },
};

async function answer(deps: Deps, request: Request, response: Response, { job, item, file }: Done): Promise<void> {
  const { price, type } = keptSchema.parse(job.facade);
  const { left = 0, top = 0, width = 0, height = 0 } = item.subject ?? {};
  const most = largest(item.input.width ?? file.width, item.input.height ?? file.height);
  response.set({
    'X-Width': String(file.width),
    'X-Height': String(file.height),
    'X-Max-Width': String(most.width),
    'X-Max-Height': String(most.height),
    ...(type !== '' && { 'X-Type': type }),
    'X-Foreground-Top': String(top),
    'X-Foreground-Left': String(left),
    'X-Foreground-Width': String(width),
    'X-Foreground-Height': String(height),
    'X-Credits-Charged': String(price),
  });
  response.vary('Accept');
  if (request.accepts(['image/*', 'application/zip', 'application/json']) !== 'application/json') {
    return sendFile(deps, request, response, { file, name: resultName(item, file.content_type) });
  }
  const where = {
    foreground_top: top,
    foreground_left: left,
    foreground_width: width,
    foreground_height: height,
  };
  await sendWithFile(deps, response, { data: { result_b64: FILE, ...where } }, file);
}

/** What `size=50MP` would give. */
function largest(width: number, height: number) {
  const factor = Math.min(1, Math.sqrt(50e6 / (width * height)));
  return { width: Math.floor(width * factor), height: Math.floor(height * factor) };
}

const amount = z.number();

export const removeBgAccount: Route = {
  method: 'GET',
  path: '/v1.0/account',
  operationId: 'removeBgAccount',
  tag: 'remove.bg',
  summary: 'The credits that are left this month',
  scope: 'read',
  answers: {
    200: {
      description: 'The balance; without `REMOVEBG_CREDITS` nothing is counted, and it is 0',
      schema: z
        .object({
          data: z.object({
            attributes: z.object({
              credits: z.object({ total: amount, subscription: amount, payg: amount, enterprise: amount }),
              api: z.object({ free_calls: z.int(), sizes: z.literal('all') }),
            }),
          }),
        })
        .meta({ id: 'RemoveBgAccount' }),
      headers: RATE_HEADERS,
    },
  },
  errors: [],
  errorForm: removeBgErrors,
  prepare: sayRate,
  handler: (deps) => async (_request, response) => {
    const total = (await creditsOf(deps, response).left()) ?? 0;
    const credits = { total, subscription: total, payg: 0, enterprise: 0 };
    response.json({ data: { attributes: { credits, api: { free_calls: 0, sizes: 'all' } } } });
  },
};
