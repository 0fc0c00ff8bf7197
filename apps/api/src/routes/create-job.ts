import { AppError, createJobContract, jobViewSchema, multipartContract } from '@packshot/contracts';
import { toJobView } from '@packshot/jobs';
import type { Route } from '../http/route';
import { IDEMPOTENCY_HEADER, idempotently, REPLAYED_HEADER } from '../idempotency/idempotently';
import { watchBody } from '../intake/body-watch';
import { jsonJob } from '../intake/json-job';
import { multipartJob } from '../intake/multipart-job';
import { SUBMIT_ERRORS, submitJob } from '../intake/submit';

export const createJob: Route = {
  method: 'POST',
  path: '/jobs',
  summary: 'Hand in images, as files or as JSON, to be processed with one pipeline',
  operationId: 'createJob',
  tag: 'jobs',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: {
    'application/json': {
      schema: createJobContract,
      example: {
        items: [{ url: 'https://shop.example/shoe.jpg', custom_id: 'sku-1' }],
        pipeline: { background: true },
      },
    },
    'multipart/form-data': { schema: multipartContract },
  },
  answers: {
    202: {
      description: 'The job is accepted',
      schema: jobViewSchema,
      headers: {
        Location: 'address of the job',
        'Retry-After': 'seconds after which to ask for it',
        ...REPLAYED_HEADER,
      },
      links: {
        getJob: { job: '$response.body#/id' },
        listItems: { job: '$response.body#/id' },
        jobEvents: { job: '$response.body#/id' },
        getArchive: { job: '$response.body#/id' },
        cancelJob: { job: '$response.body#/id' },
        retryJob: { job: '$response.body#/id' },
        deleteJob: { job: '$response.body#/id' },
      },
    },
  },
  errors: SUBMIT_ERRORS,
  handler: (deps) => async (request, response) => {
    const receive = request.is('multipart/form-data') ? multipartJob : request.is('application/json') ? jsonJob : null;
    if (!receive) {
      throw new AppError('unsupported_media_type', 'Send multipart/form-data or application/json.');
    }
    const watch = watchBody(deps, request, response);
    await idempotently(deps, request, response, { operationId: 'createJob', watch }, async (claim) => {
      const view = toJobView(await submitJob(deps, request, response, { receive, watch, claim }));
      response.status(202).set({ Location: view.links.self, 'Retry-After': '1' }).json(view);
    });
  },
};
