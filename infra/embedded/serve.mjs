/** The embedded system: Redis and object store where none are given, the API, a worker. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { freePort, redisCommand } from './redis.mjs';
import { runSamples } from './sample.mjs';
import { Supervisor } from './supervisor.mjs';

const require = createRequire(import.meta.url);

/** The settings this script itself acts on; all others are read by the API and the worker. */
function readSettings(root) {
  const { loadConfig } = require(join(root, 'packages/service'));
  const { z } = createRequire(join(root, 'packages/service/package.json'))('zod');
  const text = z.coerce.string().optional();
  const names = [
    'REDIS_URL',
    'S3_BUCKET',
    'STORAGE',
    'STORAGE_DIR',
    'PORT',
    'HOST',
    'API_KEYS',
    'ADMIN_KEYS',
    'WEBHOOK_SECRET',
  ];
  return loadConfig(z.object(Object.fromEntries(names.map((name) => [name, text]))));
}

/** A webhook secret of this installation, made once. */
function webhookSecret(folder) {
  const path = join(folder, 'webhook-secret');
  if (!existsSync(path)) writeFileSync(path, `whsec_${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** One start at a time on one folder of data. The lock names its holder, so that one left by a killed start is no hindrance. */
function takeLock(path) {
  const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (holder && holder !== process.pid && isStart(holder)) {
    throw new Error(`Packshot is already running here (process ${holder}); stop it first.`);
  }
  writeFileSync(path, String(process.pid), { mode: 0o600 });
  process.on('exit', () => rmSync(path, { force: true }));
}

function isStart(pid) {
  try {
    process.kill(pid, 0);
    const cmdline = `/proc/${pid}/cmdline`;
    return !existsSync(cmdline) || readFileSync(cmdline, 'utf8').includes('start.mjs');
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** 8080 if it is free, else any; a port that was asked for is not exchanged for another. */
async function choosePort(asked, host) {
  if (asked !== undefined) return asked;
  return String(await freePort(8080, host).catch(() => freePort(0, host)));
}

/** The first of `key` and `tenant=key` in a list of keys. */
function firstKey(keys) {
  return keys
    ?.split(',')[0]
    .trim()
    .replace(/^[^=]*=/, '');
}

export async function serve({ root, say, once, sample }) {
  const data = resolve(process.env.PACKSHOT_DATA ?? join(root, '.packshot'));
  for (const folder of ['logs', 'objects', 'spool']) mkdirSync(join(data, folder), { recursive: true });
  chmodSync(data, 0o700);
  takeLock(join(data, 'lock'));
  const settings = readSettings(root);
  const log = (name) => join(data, 'logs', `${name}.log`);

  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const supervisor = new Supervisor({
    say,
    onGiveUp: (error) => {
      console.error(`packshot: ${error.message}`);
      finish(1);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => finish(0));
  // `packshot up` holds a channel to this process, and may be killed.
  process.on('disconnect', () => finish(0));
  if (process.connected === false) finish(0);

  const work = async () => {
    const env = { LOG_FORMAT: process.env.LOG_FORMAT ?? 'text' };
    if (!settings.REDIS_URL) {
      const redis = await redisCommand(root, join(data, 'redis'), say);
      const guardian = join(root, 'infra/embedded/guardian.mjs');
      const args = [guardian, redis.command, ...redis.args];
      await supervisor.start({ name: 'redis', args, env: redis.env, log: log('redis'), ready: redis.ready });
      env.REDIS_URL = redis.url;
    }
    if (!settings.S3_BUCKET && !settings.STORAGE_DIR) env.STORAGE_DIR = join(data, 'objects');
    if (!settings.WEBHOOK_SECRET) env.WEBHOOK_SECRET = webhookSecret(data);
    if (!process.env.SPOOL_DIR) env.SPOOL_DIR = join(data, 'spool');

    const host = settings.HOST ?? '127.0.0.1';
    const port = await choosePort(settings.PORT, host);
    const api = supervisor.start({
      name: 'api',
      args: [join(root, 'apps/api/dist/main.js')],
      env: { ...env, HOST: host, PORT: port },
      log: log('api'),
    });
    const worker = supervisor.start({
      name: 'worker',
      args: [join(root, 'apps/worker/dist/main.js')],
      env,
      log: log('worker'),
    });
    const [ready] = await Promise.all([api, worker]);
    const base = `http://${host.includes(':') ? `[${host}]` : host}:${ready.port}`;
    say(`serving on ${base}  (data and logs under ${data})`);
    if (!sample) return undefined;
    const apiKey = firstKey(settings.API_KEYS) ?? firstKey(settings.ADMIN_KEYS);
    const samples = join(root, 'infra/embedded/samples');
    const good = await runSamples({ base, apiKey, samples, results: join(data, 'samples'), say });
    say(good ? 'the samples are done' : 'not every sample succeeded');
    if (!once) say(`still serving on ${base}; Ctrl-C stops it`);
    return once ? (good ? 0 : 1) : undefined;
  };

  const worked = work().then(
    (code) => code ?? finished,
    (error) => {
      console.error(`packshot: ${error.message}`);
      return 1;
    },
  );
  const code = await Promise.race([worked, finished]);
  if (!once || code !== 0) say('stopping');
  await supervisor.stop();
  process.exit(code);
}
