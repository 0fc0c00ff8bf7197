import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { loadConfig } from '@packshot/service';
import { checkAccess, createObjectStore, storageConfig, storageKind } from '@packshot/storage';
import { z } from 'zod';
import { bad, type Finding, ok, warn } from './check';

const startConfig = storageConfig.extend({ REDIS_URL: z.string().optional() });
type StartConfig = z.infer<typeof startConfig>;

const PATIENCE_MS = 3_000;

/** What a server that is started here would find. @throws ConfigError */
export async function checkStart(url: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const config = loadConfig(startConfig, { env });
  return [await checkPort(url), await checkRedis(config, env), await checkStorage(config)];
}

async function checkPort(url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  return (await answers(hostname.replace(/^\[|\]$/g, ''), number))
    ? bad(
        'port',
        `${number} is taken by another program`,
        'Stop that, or choose another: PORT for the server, PACKSHOT_URL for this',
      )
    : ok('port', `${number} is free`);
}

async function checkRedis({ REDIS_URL: url }: StartConfig, env: NodeJS.ProcessEnv): Promise<Finding> {
  if (url === undefined) return findRedis(env);
  const first = url.split(',')[0] ?? url;
  const address = URL.canParse(first) ? new URL(first) : null;
  if (address?.hostname && (await answers(address.hostname, Number(address.port || 6379)))) {
    return ok('Redis', `something answers at ${address.host}`);
  }
  return bad(
    'Redis',
    `nothing answers at ${address?.host ?? 'REDIS_URL'}`,
    'Start that Redis, or unset REDIS_URL: Packshot then brings one.',
  );
}

/** As the embedded start looks for it. */
function findRedis({ PATH = '' }: NodeJS.ProcessEnv): Finding {
  const has = (name: string) =>
    [...PATH.split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].some((folder) =>
      existsSync(join(folder, name)),
    );
  if (has('redis-server')) return ok('Redis', 'redis-server is here; Packshot starts one of its own');
  if (has('apt-get') && has('dpkg-deb'))
    return ok('Redis', 'not here; Packshot fetches it from Debian at its first start');
  if (has('docker')) return warn('Redis', 'not here', 'Packshot starts it in Docker, if that runs.');
  return bad('Redis', 'not here', 'Install redis-server or Docker, or name a Redis you run: REDIS_URL');
}

async function checkStorage(config: StartConfig): Promise<Finding> {
  if (storageKind(config) === 'filesystem') return checkFolder(resolve(config.STORAGE_DIR));
  const [finding] = await checkAccess(await createObjectStore(config));
  return finding === undefined
    ? ok('storage', `bucket ${config.S3_BUCKET} can be used`)
    : bad('storage', finding.message, 'Look at the S3_… settings, and at what the keys may do.');
}

/** The folder is made at the first start; here only whether it can be. */
function checkFolder(folder: string): Finding {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  return canWriteIn(there)
    ? ok('storage', `${folder} can be written`)
    : bad('storage', `${there} cannot be written`, 'Choose another folder, STORAGE_DIR, or let this user write there.');
}

function canWriteIn(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      settle(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
