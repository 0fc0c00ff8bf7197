import type { UploadView } from '@packshot/contracts';
import type { UploadRecord } from '@packshot/jobs';

export function uploadView(upload: UploadRecord, status: UploadView['status'], baseUrl: string): UploadView {
  const self = `${baseUrl}/uploads/${upload.id}`;
  return {
    id: upload.id,
    status,
    method: upload.method,
    content_type: upload.contentType as UploadView['content_type'],
    bytes: upload.bytes,
    name: upload.name,
    created_at: upload.createdAt,
    expires_at: upload.expiresAt,
    links: { self, complete: `${self}/complete` },
  };
}
