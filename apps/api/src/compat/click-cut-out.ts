import { resultName } from '@packshot/jobs';
import { z } from 'zod';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { fieldFault } from '../intake/form';
import { SUBMIT_ERRORS, type Submission } from '../intake/submit';
import { ITEM_ERRORS } from '../reading/item-outcome';
import { fastApiErrors } from './fastapi';
import { narrower, onlyImage, readFacadeForm } from './form';
import { answerWithImage, draftOfImage, pipelineOf } from './one-image';

const coordinate = z.number().min(0).max(65_535);
/** A click is on the object; a third number 0 says that it is beside it, as SAM has it. */
const point = z.union([
  z.tuple([coordinate, coordinate]),
  z.tuple([coordinate, coordinate, z.union([z.literal(0), z.literal(1)])]),
]);
const pointsSchema = z.array(point).min(1).max(64).describe('[x, y] each, in pixels of the image');

const receive: Submission['receive'] = async (deps, request, arrival) => {
  const limits = narrower(deps.config, {});
  const { fields, files } = await readFacadeForm(deps, request, arrival, { images: ['image'], maxFiles: 1, limits });
  const image = onlyImage(files, 'image');
  if (fields.points === undefined) throw fieldFault('points', 'Field required');
  const points = parse(pointsSchema, parsePoints(fields.points), ['points']).map(
    ([x, y, label = 1]) => [x, y, label] as [number, number, 0 | 1],
  );
  const { CLICK_MODEL: model } = deps.config;
  const background = { ...(model !== undefined && { model }), prompt: { points } };
  return draftOfImage(deps, arrival.jobId, image, pipelineOf({ background, output: { format: 'png' } }));
};

function parsePoints(text: string): unknown {
  try {
    return parseJson(text, 'points');
  } catch {
    throw fieldFault('points', 'Not valid JSON: an array such as [[100, 200], [300, 400]] is expected');
  }
}

/** The click cut-out service: what the clicks are on, cut out by the model that the settings name. */
export const clickCutOut: Route = {
  method: 'POST',
  path: '/background-removal/remove',
  operationId: 'clickCutOut',
  tag: 'click cut-out',
  summary: 'Cut out what the points are on; the answer is a transparent PNG',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: {
    'multipart/form-data': {
      schema: z.object({ image: z.file(), points: pointsSchema }).meta({ id: 'ClickForm' }),
    },
  },
  answers: {
    200: {
      description: 'The cut-out',
      mediaType: 'image/png',
      headers: { 'X-Job-Id': 'id of the job', ...REPLAYED_HEADER },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS],
  errorForm: fastApiErrors,
  handler: (deps) => (request, response) =>
    answerWithImage(deps, request, response, {
      operationId: 'clickCutOut',
      receive,
      answer: ({ item, file }) =>
        sendFile(deps, request, response, { file, name: resultName(item, file.content_type) }),
    }),
};
