import { Jobs } from './jobs';
import { Models } from './models';
import { type NewProcess, type Processed, processImage } from './process-image';
import { type SubmitOptions, Transport, type TransportOptions } from './transport';
import { Uploads } from './uploads';
import { Webhooks } from './webhooks';

export type PackshotOptions = TransportOptions;

/**
 * A Packshot server:
 *
 *     const packshot = new Packshot({ baseUrl: 'http://127.0.0.1:8080', apiKey });
 *     const { image } = await packshot.process({ file: { data }, pipeline: { background: true } });
 *
 * What is sent and what comes back has the names of the HTTP interface. Every method throws `PackshotError`; requests that failed
 * in a way that may pass are sent again, as `Retry-After` says, and make what they make once.
 */
export class Packshot {
  readonly jobs: Jobs;
  readonly uploads: Uploads;
  readonly webhooks: Webhooks;
  readonly models: Models;
  private readonly transport: Transport;

  constructor(options: PackshotOptions) {
    this.transport = new Transport(options);
    this.jobs = new Jobs(this.transport);
    this.uploads = new Uploads(this.transport);
    this.webhooks = new Webhooks(this.transport);
    this.models = new Models(this.transport);
  }

  /** One image in, the finished image out, before everything that is bulk. @throws the image's error, by its code */
  process(request: NewProcess, options: SubmitOptions = {}): Promise<Processed> {
    return processImage(this.transport, request, options);
  }
}
