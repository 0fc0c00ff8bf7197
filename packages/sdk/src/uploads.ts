import { type NewUpload, type UploadTicket, type UploadView, uuidv7 } from '@packshot/contracts';
import { PackshotError } from './errors';
import { contentTypeOf, type ImageFile, nameOf, toBlob } from './image-file';
import { inParallel } from './in-parallel';
import type { CallOptions, SubmitOptions, Transport } from './transport';

export interface UploadOptions extends SubmitOptions {
  /** From this size on, in bytes, an image is sent in parts. Default 16 MiB. */
  multipartBytes?: number;
  /** Images, or parts of them, that are sent at the same time. Default 6. */
  concurrency?: number;
}

export interface UploadManyOptions extends UploadOptions {
  /** Called when another image has arrived. */
  onUploaded?: (upload: UploadView, index: number) => void;
}

const MULTIPART_BYTES = 16 * 2 ** 20;
const CONCURRENCY = 6;
/** The server takes a thousand. */
const ANNOUNCED_AT_ONCE = 500;

/** Sends images straight to the object store, by addresses that the API signs; a job then names them: `{ upload: id }`. */
export class Uploads {
  constructor(private readonly transport: Transport) {}

  /** @throws unsupported_format, empty_file before anything is sent; file_too_large */
  async create(file: ImageFile, options: UploadOptions = {}): Promise<UploadView> {
    const [upload] = await this.createMany([file], options);
    if (upload === undefined) throw new PackshotError('bad_answer', 'The server gave no upload.');
    return upload;
  }

  /** All of them, in their order, or an error: nothing is sent when one cannot be. */
  async createMany(files: readonly ImageFile[], options: UploadManyOptions = {}): Promise<UploadView[]> {
    const { multipartBytes = MULTIPART_BYTES, concurrency = CONCURRENCY, idempotencyKey, signal, onUploaded } = options;
    const wanted = await inParallel(files, concurrency, async (file) => describe(file, multipartBytes));
    const uploads: UploadView[] = [];
    for (let from = 0; from < files.length; from += ANNOUNCED_AT_ONCE) {
      const chunk = wanted.slice(from, from + ANNOUNCED_AT_ONCE);
      const key = idempotencyKey === undefined ? uuidv7() : `${idempotencyKey}-${from}`;
      const tickets = await this.announce(chunk, { idempotencyKey: key, signal });
      const sent = await inParallel(tickets, concurrency, async (ticket, index) => {
        const file = files[from + index];
        if (file === undefined)
          throw new PackshotError('bad_answer', 'The server gave more uploads than were asked for.');
        const upload = await this.send(ticket, toBlob(file.data), { concurrency, signal });
        onUploaded?.(upload, from + index);
        return upload;
      });
      uploads.push(...sent);
    }
    return uploads;
  }

  get(id: string, { signal }: CallOptions = {}): Promise<UploadView> {
    return this.transport.json(`/uploads/${encodeURIComponent(id)}`, { signal });
  }

  private async announce(uploads: NewUpload[], options: SubmitOptions): Promise<UploadTicket[]> {
    const answer = await this.transport.json<{ uploads: UploadTicket[] }>('/uploads', {
      method: 'POST',
      json: { uploads },
      ...options,
    });
    return answer.uploads;
  }

  /** One request, or its parts side by side and then the word that they are all there. */
  private async send(
    ticket: UploadTicket,
    blob: Blob,
    { concurrency, signal }: { concurrency: number; signal: AbortSignal | undefined },
  ): Promise<UploadView> {
    const { url, headers, fields: _, parts, ...upload } = ticket;
    const put = (to: string, body: Blob, given: Record<string, string>) =>
      this.transport.sendTo(to, { method: 'PUT', body, headers: given, ...(signal && { signal }) });
    if (parts === null) {
      if (url === null) throw new PackshotError('bad_answer', 'The upload has no address.');
      await put(url, blob, headers);
      return { ...upload, status: 'arrived' };
    }
    let end = 0;
    const pieces = parts.map(({ bytes, ...part }) => {
      end += bytes;
      return { ...part, body: blob.slice(end - bytes, end) };
    });
    await inParallel(pieces, concurrency, (piece) => put(piece.url, piece.body, piece.headers));
    return this.transport.json(`/uploads/${upload.id}/complete`, { method: 'POST', signal });
  }
}

async function describe(file: ImageFile, multipartBytes: number): Promise<NewUpload> {
  const blob = toBlob(file.data);
  const name = nameOf(file);
  return {
    content_type: (await contentTypeOf(blob, name)) as NewUpload['content_type'],
    bytes: blob.size,
    ...(name !== undefined && { name }),
    method: blob.size >= multipartBytes ? 'multipart' : 'put',
  };
}
