import { resultName } from '@packshot/jobs';
import { z } from 'zod';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { SUBMIT_ERRORS, type Submission } from '../intake/submit';
import { ITEM_ERRORS } from '../reading/item-outcome';
import { FILE, sendWithFile } from './base64-json';
import { fastApiErrors } from './fastapi';
import { narrower, onlyImage, readFacadeForm } from './form';
import { answerWithImage, draftOfImage, pipelineOf } from './one-image';

const receive: Submission['receive'] = async (deps, request, arrival) => {
  const limits = narrower(deps.config, {});
  const { files } = await readFacadeForm(deps, request, arrival, { images: ['file'], maxFiles: 1, limits });
  return draftOfImage(
    deps,
    arrival.jobId,
    onlyImage(files, 'file'),
    pipelineOf({ deblur: true, output: { format: 'png' } }),
  );
};

/**
 * The deblurring service. It answers the bytes of a PNG inside JSON, which JSON cannot hold: here they are base64. Who accepts
 * images alone gets the image.
 */
export const deblur: Route = {
  method: 'POST',
  path: '/deblur',
  operationId: 'deblurImage',
  tag: 'deblur',
  summary: 'Take the blur out of one image; the answer is JSON with the PNG as base64, or the PNG',
  scope: 'submit',
  requestHeaders: { ...IDEMPOTENCY_HEADER, Accept: '`image/*` or `image/png` for the image itself' },
  body: {
    'multipart/form-data': { schema: z.object({ file: z.file() }).meta({ id: 'DeblurForm' }) },
  },
  answers: {
    200: {
      description: 'The PNG as base64; or the image, for who accepts images alone',
      schema: z.object({ result: z.string() }).meta({ id: 'Deblurred' }),
      otherMediaTypes: ['image/png'],
      headers: { 'X-Job-Id': 'id of the job', ...REPLAYED_HEADER },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS],
  errorForm: fastApiErrors,
  handler: (deps) => (request, response) =>
    answerWithImage(deps, request, response, {
      operationId: 'deblurImage',
      receive,
      answer: ({ item, file }) =>
        request.accepts(['json', 'image/png']) === 'image/png'
          ? sendFile(deps, request, response, { file, name: resultName(item, file.content_type) })
          : sendWithFile(deps, response, { result: FILE }, file),
    }),
};
