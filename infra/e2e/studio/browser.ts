import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@packshot/testing';
import { type Browser, chromium } from 'playwright-core';

/** A Chromium without a window. Fetching it takes a while the first time; nothing of it is installed on the system. */
export async function openBrowser(): Promise<Browser> {
  const root = repositoryRoot();
  const script = join(root, 'infra/e2e/chromium/install.sh');
  const { stdout } = await promisify(execFile)('bash', [script, join(root, '.packshot/chromium')]);
  const executablePath = stdout.trim().split('\n').at(-1) ?? '';
  // In containers and for root there is no sandbox; the pages are ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}
