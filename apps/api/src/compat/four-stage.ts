import type { PipelineRequest } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import { z } from 'zod';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { SUBMIT_ERRORS, type Submission } from '../intake/submit';
import { ITEM_ERRORS } from '../reading/item-outcome';
import { fastApiErrors, formBoolean } from './fastapi';
import { narrower, onlyImage, readFacadeForm } from './form';
import { answerWithImage, draftOfImage, pipelineOf } from './one-image';

const configSchema = z.object({
  denoise: z.boolean().default(true),
  remove_shadow: z.boolean().default(true),
  remove_background: z.boolean().default(true),
  enhance: z.boolean().default(true),
  enhance_scale: z.union([z.literal(2), z.literal(4)]).default(2),
  output_format: z.enum(['png', 'webp']).default('png'),
});

/** The same as fields of the form, which go before `config`. */
const fieldsSchema = z.object({
  denoise: formBoolean().optional(),
  remove_shadow: formBoolean().optional(),
  remove_background: formBoolean().optional(),
  enhance: formBoolean().optional(),
  enhance_scale: z
    .enum(['2', '4'])
    .transform((text) => Number(text) as 2 | 4)
    .optional(),
  output_format: z.enum(['png', 'webp']).optional(),
});

const contract = fieldsSchema
  .extend({ file: z.file(), config: configSchema.optional() })
  .meta({ id: 'FourStageForm', description: 'An image and what to do with it: `config` as JSON, or its fields.' });

const receive: Submission['receive'] = async (deps, request, arrival) => {
  let configFile: string | undefined;
  const { fields, files } = await readFacadeForm(deps, request, arrival, {
    images: ['file'],
    maxFiles: 2,
    limits: narrower(deps.config, {}),
    onOther: (field, bytes) => {
      if (field === 'config') configFile = bytes.toString('utf8');
    },
  });
  const json = configFile ?? fields.config;
  const config = parse(configSchema, json === undefined ? {} : parseJson(json, 'config'), ['config']);
  const given = Object.entries(parse(fieldsSchema, fields)).filter(([, value]) => value !== undefined);
  return draftOfImage(
    deps,
    arrival.jobId,
    onlyImage(files, 'file'),
    pipelineOf(stages({ ...config, ...Object.fromEntries(given) })),
  );
};

function stages(config: z.infer<typeof configSchema>): PipelineRequest {
  return {
    denoise: config.denoise,
    shadow: config.remove_shadow,
    background: config.remove_background,
    upscale: config.enhance && { scale: config.enhance_scale },
    output: { format: config.output_format, mask: false },
  };
}

/** The four-stage service: noise, shadow, background and size, each on unless it is turned off. */
export const fourStage: Route = {
  method: 'POST',
  path: '/api/v1/process',
  operationId: 'fourStageProcess',
  tag: 'four-stage',
  summary: 'One image through noise, shadow, background and enlargement; the finished image is the answer',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: { 'multipart/form-data': { schema: contract } },
  answers: {
    200: {
      description: 'The finished image',
      mediaType: 'image/*',
      headers: { 'X-Job-Id': 'id of the job', ...REPLAYED_HEADER },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS],
  errorForm: fastApiErrors,
  handler: (deps) => (request, response) =>
    answerWithImage(deps, request, response, {
      operationId: 'fourStageProcess',
      receive,
      answer: ({ item, file }) =>
        sendFile(deps, request, response, { file, name: resultName(item, file.content_type) }),
    }),
};
