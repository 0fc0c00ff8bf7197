import { mkdir, statfs } from 'node:fs/promises';
import { AppError } from '@packshot/contracts';

/** Left free for everybody else on the disk. */
const RESERVE_BYTES = 64 << 20;

/** @throws disk_full when fewer than `bytes` more fit into the folder */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes + RESERVE_BYTES <= free) return;
  throw new AppError(
    'disk_full',
    `${what} needs ${megabytes(bytes)} MB more in ${folder}; ${megabytes(free)} MB are free.`,
  );
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
