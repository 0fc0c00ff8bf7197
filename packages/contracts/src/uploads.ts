import { z } from 'zod';
import { idPattern } from './ids';
import { INPUT_FORMATS } from './image-format';

export const UPLOAD_METHODS = ['put', 'post', 'multipart'] as const;
export type UploadMethod = (typeof UPLOAD_METHODS)[number];

/** So many uploads one request may ask for. */
export const MAX_UPLOADS = 1000;

const contentType = z.enum(Object.values(INPUT_FORMATS)).describe('type of the image; what is sent must have it');
const bytes = z.int().min(1).describe('size of the image; what is sent must have it exactly');
const name = z.string().max(255).describe('file name, for downloads and archives');

export const newUploadSchema = z
  .strictObject({
    content_type: contentType,
    bytes,
    name: name.optional(),
    method: z
      .enum(UPLOAD_METHODS)
      .default('put')
      .describe('`put`: one request; `multipart`: in parts, which can be sent side by side; `post`: an HTML form'),
  })
  .meta({ id: 'NewUpload', description: 'An image that is going to be sent.' });
export type NewUpload = z.infer<typeof newUploadSchema>;

export const newUploadsSchema = z
  .strictObject({ uploads: z.array(newUploadSchema).min(1).max(MAX_UPLOADS) })
  .meta({ id: 'NewUploads', description: 'Images that are going to be sent; all are taken or none.' });

const time = z.iso.datetime();
const headers = z.record(z.string(), z.string()).describe('headers the request must have');
const part = z.object({ number: z.int().min(1), url: z.url(), bytes, headers }).meta({ id: 'UploadPart' });

export const uploadSchema = z
  .object({
    id: z.string().regex(idPattern('upl')),
    status: z.enum(['waiting', 'arrived']).describe('`arrived`: a job may use it'),
    method: z.enum(UPLOAD_METHODS),
    content_type: contentType,
    bytes,
    name: z.string().nullable(),
    created_at: time,
    expires_at: time.describe('when it is forgotten, unless a job uses it: then it lives as long as the job'),
    links: z.object({ self: z.url(), complete: z.url() }).meta({ id: 'UploadLinks' }),
  })
  .meta({ id: 'Upload', description: 'An image that a client sends before it makes a job of it.' });
export type UploadView = z.infer<typeof uploadSchema>;

/** What `POST /uploads` answers: the upload, and where its bytes are to be sent. */
export const uploadTicketSchema = uploadSchema
  .extend({
    url: z.url().nullable().describe('where to send the image: by PUT with `headers`, or as a form with `fields`'),
    headers,
    fields: z.record(z.string(), z.string()).nullable().describe('of a form: they come before its file'),
    parts: z.array(part).nullable().describe('of a multipart upload: each by PUT, in any order; then POST `complete`'),
  })
  .meta({ id: 'UploadTicket', description: 'An upload, and where its bytes are to be sent until `expires_at`.' });
export type UploadTicket = z.infer<typeof uploadTicketSchema>;

export const uploadTicketsSchema = z.object({ uploads: z.array(uploadTicketSchema) }).meta({ id: 'UploadTickets' });
