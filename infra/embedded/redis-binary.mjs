/**
 * Finds a redis-server, or fetches one without changing the system: Debian's own packages, downloaded by apt (which checks
 * their signatures) and unpacked in a folder of ours. No root needed, nothing installed or started system-wide.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './install.mjs';

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin', '/usr/local/bin', '/opt/homebrew/bin');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Every folder below `root` that holds a shared library. */
function libraryFolders(root) {
  const entries = readdirSync(root, { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => libraryFolders(join(root, entry.name)));
  return entries.some((entry) => /\.so(\.|$)/.test(entry.name)) ? [root, ...below] : below;
}

function unpacked(folder) {
  const command = join(folder, 'usr', 'bin', 'redis-server');
  if (!existsSync(command)) return null;
  const path = [...libraryFolders(folder), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { command, env: { LD_LIBRARY_PATH: path } };
}

/** The packages that installing redis-server would bring to this system, as apt sees it. */
async function missingPackages() {
  const uris = await run('apt-get', ['install', '--print-uris', '-qq', '--no-install-recommends', 'redis-server'], {
    env: { LC_ALL: 'C' },
  });
  const names = [...uris.matchAll(/^'[^']+' ([^_\s]+)_/gm)].map((match) => match[1]);
  return names.length > 0 ? names : ['redis-server', 'redis-tools'];
}

async function fetchFromDebian(folder, say) {
  say('fetching redis-server from Debian (nothing is installed on the system)');
  const staging = `${folder}.part`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(join(staging, 'debs'), { recursive: true });
  let packages;
  try {
    packages = await missingPackages();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update', '-qq'], {});
    packages = await missingPackages();
  }
  await run('apt-get', ['download', '-qq', ...packages], { cwd: join(staging, 'debs') });
  for (const name of readdirSync(join(staging, 'debs'))) {
    await run('dpkg-deb', ['-x', join(staging, 'debs', name), staging], {});
  }
  rmSync(join(staging, 'debs'), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
}

const ADVICE = 'Redis is needed: install redis-server (or Docker), or set REDIS_URL to a Redis you run.';

/**
 * How to start a redis-server: `{ command, args, env }`, `args` coming before Redis's own. In this order: the one on the PATH,
 * one fetched before, one fetched now, Docker's. Throws one line that says what to install.
 */
export async function findRedisServer(root, say) {
  const command = onPath('redis-server');
  if (command) return { command, args: [], env: {} };
  const folder = join(root, '.packshot', 'redis-server');
  const known = unpacked(folder);
  if (known) return { ...known, args: [] };
  let reason = 'this system has no apt-get';
  if (onPath('apt-get') && onPath('dpkg-deb')) {
    try {
      await fetchFromDebian(folder, say);
      const fetched = unpacked(folder);
      if (fetched) return { ...fetched, args: [] };
      reason = "Debian's package holds no redis-server";
    } catch (error) {
      reason = error.message.trim().split('\n').at(-1);
    }
  }
  const docker = onPath('docker');
  if (docker && (await run(docker, ['info'], {}).then(Boolean, () => false))) {
    return { docker, command: docker, args: [], env: {} };
  }
  throw new Error(`${ADVICE} (${reason})`);
}
