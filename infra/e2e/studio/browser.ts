import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@packshot/testing';
import { type Browser, chromium } from 'playwright-core';

/** The path of a Chromium. Fetching it takes a while the first time; nothing of it is installed on the system. */
export async function findChromium(): Promise<string> {
  const root = repositoryRoot();
  const script = join(root, 'infra/e2e/chromium/install.sh');
  const { stdout } = await promisify(execFile)('bash', [script, join(root, '.packshot/chromium')]);
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** A Chromium without a window. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await findChromium();
  // In containers and for root there is no sandbox; the pages are ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}
