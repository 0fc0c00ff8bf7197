import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from './object-store';

/** What is not allowed, and what to do; `warn`: it may be allowed, the store just does not answer. */
interface AccessFinding {
  severity: 'refuse' | 'warn';
  message: string;
}

const FOLDER = 'packshot-check';

/** Tries on an object of its own what a process does to images: write, read, list, delete. */
export async function checkAccess(store: ObjectStore): Promise<AccessFinding[]> {
  const key = `${FOLDER}/${randomUUID()}`;
  const steps: [what: string, permission: string, action: () => Promise<unknown>][] = [
    ['written to', 's3:PutObject', () => store.put(key, Buffer.from('check'), { contentType: 'text/plain' })],
    ['read', 's3:GetObject', async () => buffer((await store.get(key)).body)],
    ['listed', 's3:ListBucket', () => store.list(`${FOLDER}/`)[Symbol.asyncIterator]().next()],
    ['deleted from', 's3:DeleteObject', () => store.delete([key])],
  ];
  const findings: AccessFinding[] = [];
  for (const [what, permission, action] of steps) {
    try {
      await action();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
      const why = [cause.name, (cause as NodeJS.ErrnoException).code, cause.message].filter(Boolean).join(' ');
      const message = `The object store cannot be ${what} (${why.slice(0, 200)}).`;
      if (!isRefusal(cause)) return [...findings, { severity: 'warn', message: `${message} It may be away.` }];
      findings.push({
        severity: 'refuse',
        message: `${message} Check the name, the keys, and that ${permission} is allowed.`,
      });
      // Without an object the rest cannot be tried.
      if (permission === 's3:PutObject') break;
    }
  }
  return findings;
}

/** The store has answered, and the answer is no: a client's fault by S3, or a folder that is not ours. */
function isRefusal(cause: Error): boolean {
  const { $metadata } = cause as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    (status >= 400 && status < 500) ||
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(String((cause as NodeJS.ErrnoException).code))
  );
}
