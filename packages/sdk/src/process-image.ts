import { type JobView, type processSchema, uuidv7 } from '@packshot/contracts';
import type { z } from 'zod';
import { PackshotError } from './errors';
import { type ImageFile, nameOf, toBlob } from './image-file';
import { Jobs } from './jobs';
import type { SubmitOptions, Transport } from './transport';

type ProcessRequest = z.input<typeof processSchema>;
type Source = 'url' | 'base64' | 'upload' | 's3' | 'name';

/** One image by reference, or sent along as `file`. */
export type NewProcess = ProcessRequest | (Omit<ProcessRequest, Source> & { file: ImageFile });

export interface Processed {
  image: Blob;
  /** The job that it was. */
  jobId: string;
}

/** The server answers with the job when it takes longer. */
const WAIT_SECONDS = 60;

/** One image in, the finished image out, before everything that is bulk. @throws the image's error, by its code */
export async function processImage(
  transport: Transport,
  request: NewProcess,
  { idempotencyKey = uuidv7(), signal }: SubmitOptions,
): Promise<Processed> {
  const body = 'file' in request ? { form: toForm(request) } : { json: request };
  const call = { ...body, method: 'POST', query: { wait: WAIT_SECONDS }, idempotencyKey, signal } as const;
  const response = await transport.send('/process', call);
  if (response.status !== 202) return { image: await response.blob(), jobId: response.headers.get('x-job-id') ?? '' };

  const { id } = (await response.json()) as JobView;
  const jobs = new Jobs(transport);
  await jobs.wait(id, { ...(signal && { signal }) });
  for await (const item of jobs.items(id, {}, { signal })) {
    if (item.error !== null) throw PackshotError.ofItem(item.error);
    if (item.result === null) throw new PackshotError('canceled', `The image was ${item.status}.`);
    return { image: await (await jobs.result(id, item.id, { signal })).blob(), jobId: id };
  }
  throw new PackshotError('bad_answer', `${id} has no image.`);
}

function toForm({ file, ...fields }: Extract<NewProcess, { file: ImageFile }>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  form.append('file', toBlob(file.data), nameOf(file) ?? 'image');
  return form;
}
