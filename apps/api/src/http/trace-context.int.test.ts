import { eventually } from '@packshot/testing';
import { accepted, itemsOf, postForm } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'shop=1', 'x-request-id': 'order-7' };

const submit = async () => {
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(png(2, 2))]), 'a.png');
  const response = await fetch(`${api.url}/jobs`, { method: 'POST', body: form, headers });
  return { response, job: await accepted(response.clone()) };
};
const logged = (message: string, job: string) => api.log.filter((line) => line.message === message && line.job === job);

describe('a request with a trace', () => {
  test('is answered with the trace under a span of ours, and with its request id', async () => {
    const { response } = await submit();
    const [, span] =
      new RegExp(`^00-${TRACE}-([0-9a-f]{16})-01$`).exec(response.headers.get('traceresponse') ?? '') ?? [];
    expect(span).toMatch(/^[0-9a-f]{16}$/);
    expect(span).not.toBe(PARENT);
    expect(response.headers.get('x-request-id')).toBe('order-7');
  });

  test('leaves the trace with its job, for all that is done for it later', async () => {
    const { response, job } = await submit();
    expect(await api.deps.jobs.store.require(job.id, null)).toMatchObject({
      trace: response.headers.get('traceresponse'),
      traceState: 'shop=1',
      requestId: 'order-7',
    });
  });

  test('is logged with both ids, in the line of the request and in every other', async () => {
    const { response, job } = await submit();
    const ids = { request_id: 'order-7', trace_id: TRACE };
    expect(logged('job created', job.id)).toEqual([
      expect.objectContaining({ ...ids, tenant: 'default', total: 1, queued: 1, sandbox: false }),
    ]);
    const span_id = response.headers.get('traceresponse')?.split('-')[2];
    await eventually(() => {
      const [line] = api.log.filter((entry) => entry.message === 'request' && entry.span_id === span_id);
      expect(line).toMatchObject({ ...ids, method: 'POST', path: '/jobs', status: 202 });
    });
  });
});

describe('a request without a trace', () => {
  test('begins one of its own', async () => {
    const [first, second] = await Promise.all([fetch(`${api.url}/health/live`), fetch(`${api.url}/health/live`)]);
    const traces = [first, second].map((response) => response.headers.get('traceresponse'));
    for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traces[0]).not.toBe(traces[1]);
  });
});

describe('the log', () => {
  test('has one line for a job that is canceled, retried or deleted, with its tenant and its counts', async () => {
    const job = await accepted(await postForm(api.url, ['a', png(1, 1)], ['b', png(1, 1)]));
    await fetch(job.links.cancel, { method: 'POST' });
    await fetch(job.links.retry, { method: 'POST' });
    for (const item of await itemsOf(job)) await finishItem(api.deps, job.id, item, { result: png(1, 1) });
    await fetch(job.links.self, { method: 'DELETE' });
    const facts = { job: job.id, tenant: 'default', total: 2, request_id: expect.stringMatching(/^req_/) };
    expect(logged('job canceled', job.id)).toEqual([
      expect.objectContaining({ ...facts, status: 'canceled', canceled: 2 }),
    ]);
    expect(logged('job retried', job.id)).toEqual([expect.objectContaining({ ...facts, status: 'queued', run: 2 })]);
    expect(logged('job deleted', job.id)).toEqual([expect.objectContaining({ ...facts, succeeded: 2 })]);
  });

  test('never shows the query of a request, which may hold a signature', async () => {
    await fetch(`${api.url}/health/live?signature=confidential-1`);
    await fetch(`${api.url}/nowhere?signature=confidential-2`);
    await eventually(() => expect(api.log.some(({ path }) => path === '/nowhere')).toBe(true));
    expect(JSON.stringify(api.log)).not.toContain('confidential');
  });
});
