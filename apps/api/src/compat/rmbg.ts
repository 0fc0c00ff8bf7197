import { AppError, ERRORS, type ErrorCode, isTerminal, type PipelineRequest } from '@packshot/contracts';
import { type JobRecord, resultName } from '@packshot/jobs';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { ErrorForm, Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { watchBody } from '../intake/body-watch';
import { draftOf, settleItems } from '../intake/draft';
import { SUBMIT_ERRORS, type Submission } from '../intake/submit';
import { submitOnce } from '../intake/submit-once';
import { ITEM_ERRORS } from '../reading/item-outcome';
import { faultSchema, faultsOf, formBoolean, formNumber } from './fastapi';
import { narrower, onlyImage, readFacadeForm } from './form';
import { answerWithImage, draftOfImage, pipelineOf } from './one-image';

/** What the original refuses with 400, whatever is wrong with the file. */
const BAD_FILE: readonly ErrorCode[] = [
  'empty_file',
  'file_too_large',
  'image_too_large',
  'unsupported_format',
  'unsupported_media_type',
  'corrupt_image',
  'too_many_items',
  'all_items_invalid',
  'no_items',
];
const UNREADABLE: readonly ErrorCode[] = ['empty_file', 'unsupported_format', 'corrupt_image'];

/** The original's bodies, in its own words where it has some. */
const rmbgErrors: ErrorForm = {
  schema: z
    .object({ error: z.string(), detail: z.string().optional(), details: z.array(faultSchema).optional() })
    .meta({ id: 'RmbgError' }),
  statusOf: (code) => (code === 'invalid_request' ? 422 : BAD_FILE.includes(code) ? 400 : ERRORS[code].status),
  bodyOf: ({ code, message, errors }) => {
    if (errors) return { error: '参数验证失败', details: faultsOf(errors) };
    if (code === 'out_of_memory') return { error: '服务繁忙', detail: 'GPU显存不足,请稍后重试' };
    return { error: 'HTTP错误', detail: UNREADABLE.includes(code) ? `图片格式错误:${message}` : message };
  },
};

const fieldsSchema = z.object({
  output_format: z.enum(['png', 'jpg', 'jpeg']).default('png'),
  alpha_matting: formBoolean().default(true),
  foreground_threshold: formNumber(0, 255).optional(),
  background_threshold: formNumber(0, 255).optional(),
});

type Fields = z.infer<typeof fieldsSchema>;

/**
 * `alpha_matting` refines the edge. The original's thresholds change nothing of what it does then; whoever names them here gets
 * the closed-form matting that they are known from, which takes its time.
 */
function mattingOf({ alpha_matting, foreground_threshold, background_threshold }: Fields) {
  if (!alpha_matting) return { matting: 'none' } as const;
  if (foreground_threshold === undefined && background_threshold === undefined) return { matting: 'guided' } as const;
  const thresholds = {
    foreground_threshold: Math.round(foreground_threshold ?? 240),
    background_threshold: Math.round(background_threshold ?? 10),
  };
  return { matting: 'closed-form', alpha_matting: thresholds } as const;
}

function cutOut({ RMBG_MODEL: model }: ApiConfig, fields: Fields): PipelineRequest {
  return {
    background: { ...(model !== undefined && { model }), ...mattingOf(fields) },
    output: { format: fields.output_format === 'png' ? 'png' : 'jpeg', background: '#ffffff', mask: false },
  };
}

const limitsOf = (config: ApiConfig) => narrower(config, { maxFileBytes: config.RMBG_MAX_FILE_BYTES });

function requireImageType(contentType: string): void {
  if (!contentType.startsWith('image/')) throw new AppError('unsupported_media_type', '仅支持图片文件');
}

const receiveImage: Submission['receive'] = async (deps, request, arrival) => {
  const { config } = deps;
  const limits = limitsOf(config);
  const form = { images: ['file'], maxFiles: 1, limits, checkType: requireImageType };
  const { fields, files } = await readFacadeForm(deps, request, arrival, form);
  const file = onlyImage(files, 'file');
  if ('code' in file.source && file.source.code === 'file_too_large') {
    throw new AppError('file_too_large', `文件大小不能超过${Math.round(limits.maxFileBytes / 1024 ** 2)}MB`);
  }
  return draftOfImage(deps, arrival.jobId, file, pipelineOf(cutOut(config, parse(fieldsSchema, fields))));
};

const fileContract = fieldsSchema.extend({ file: z.file() }).meta({ id: 'RmbgForm' });

export const removeBackground: Route = {
  method: 'POST',
  path: '/remove-background',
  operationId: 'rmbgRemoveBackground',
  tag: 'rmbg',
  summary: 'Cut one image out: a transparent PNG, or a JPEG on white',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: { 'multipart/form-data': { schema: fileContract } },
  answers: {
    200: {
      description: 'The cut-out',
      mediaType: 'image/*',
      headers: {
        'X-Processing-Time': 'how long the image took, as `0.123s`',
        'X-Model-Version': 'the model that cut it out',
        'X-Process-Time': 'how long the answer took, in seconds',
        'X-Job-Id': 'id of the job',
        ...REPLAYED_HEADER,
      },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS],
  errorForm: rmbgErrors,
  handler: (deps) => (request, response) =>
    answerWithImage(deps, request, response, {
      operationId: 'rmbgRemoveBackground',
      receive: receiveImage,
      answer: ({ item, file }) => {
        const { decode = 0, infer = 0, encode = 0 } = item.timings;
        response.set({
          'X-Processing-Time': `${((decode + infer + encode) / 1000).toFixed(3)}s`,
          'X-Model-Version': item.stages.find(({ name }) => name === 'background')?.model ?? 'none',
        });
        return sendFile(deps, request, response, { file, name: resultName(item, file.content_type) });
      },
    }),
};

const receiveBatch: Submission['receive'] = async (deps, request, arrival) => {
  const { config } = deps;
  const maxFiles = config.RMBG_MAX_FILES;
  const form = { images: ['files'], maxFiles, limits: limitsOf(config) };
  const { files } = await readFacadeForm(deps, request, arrival, form).catch((error: unknown) => {
    const tooMany = error instanceof AppError && error.code === 'too_many_items';
    throw tooMany ? new AppError('too_many_items', `单次最多处理${maxFiles}张图片`) : error;
  });
  const pipeline = pipelineOf(cutOut(config, fieldsSchema.parse({})));
  const items = await settleItems(deps, arrival.jobId, files, { pipeline, strict: false });
  return draftOf({ metadata: {}, strict: false, priority: 'bulk' }, pipeline, items);
};

export const batchRemoveBackground: Route = {
  method: 'POST',
  path: '/batch-remove-background',
  operationId: 'rmbgBatchRemoveBackground',
  tag: 'rmbg',
  summary: 'Cut many images out; ask for the task with `/task-status`',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: {
    'multipart/form-data': {
      schema: z.object({ files: z.array(z.file()).min(1) }).meta({ id: 'RmbgBatchForm' }),
    },
  },
  answers: {
    200: {
      description: 'The task is accepted; its id is that of the job',
      schema: z.object({ task_id: z.string(), message: z.string() }).meta({ id: 'RmbgTask' }),
      headers: { 'X-Process-Time': 'how long the answer took, in seconds', ...REPLAYED_HEADER },
      links: { rmbgTaskStatus: { task: '$response.body#/task_id' } },
    },
  },
  errors: SUBMIT_ERRORS,
  errorForm: rmbgErrors,
  handler: (deps) => (request, response) =>
    submitOnce(deps, request, response, {
      operationId: 'rmbgBatchRemoveBackground',
      watch: watchBody(deps, request, response),
      receive: receiveBatch,
      answer: (task_id) => void response.json({ task_id, message: '批量处理已启动' }),
    }),
};

/** The original has nowhere to fetch results from; `links` is ours. */
const links = z.object({ archive: z.url(), items: z.url() });

const taskSchema = z
  .union([
    z.object({
      status: z.literal('processing'),
      total: z.int(),
      completed: z.int(),
      results: z.array(z.never()),
      links,
    }),
    z.object({ status: z.literal('completed'), results: z.int(), links }),
  ])
  .meta({ id: 'RmbgTaskStatus' });

export const taskStatus: Route = {
  method: 'GET',
  path: '/task-status/:task',
  operationId: 'rmbgTaskStatus',
  tag: 'rmbg',
  summary: 'How far a batch is',
  scope: 'read',
  answers: {
    200: {
      description: 'The task; when it is completed, `results` counts its images, failed ones too',
      schema: taskSchema,
      headers: { 'X-Process-Time': 'how long the answer took, in seconds' },
    },
  },
  errors: ['not_found'],
  errorForm: rmbgErrors,
  handler:
    ({ jobs }: Pick<Deps, 'jobs'>) =>
    async (request, response) => {
      const job = await findTask(jobs, request, response);
      const { total, queued, processing } = job.counts;
      const where = `${job.baseUrl}/jobs/${job.id}`;
      const links = { archive: `${where}/archive.zip`, items: `${where}/items` };
      response.json(
        isTerminal(job.status)
          ? { status: 'completed', results: total, links }
          : { status: 'processing', total, completed: total - queued - processing, results: [], links },
      );
    },
};

async function findTask(jobs: Deps['jobs'], request: Request, response: Response): Promise<JobRecord> {
  try {
    return await jobs.store.require(idParam(request, 'job', 'task'), visibleTenant(response));
  } catch (error) {
    throw error instanceof AppError && error.code === 'not_found' ? new AppError('not_found', '任务不存在') : error;
  }
}
