import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { parseRedisAddress } from './address';

const text = z.string().min(1);

/** A file that is read once, at the start; the setting's value is its content. */
const file = () =>
  text.transform((path, context) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      context.addIssue({ code: 'custom', message: `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}` });
      return z.NEVER;
    }
  });

/** Files made by an editor or `echo` end in a line feed that is no part of the secret. */
const secretFile = () => file().transform((content) => content.replace(/\r?\n$/, ''));

/** Settings fragment: how Redis is reached. */
export const redisConfig = z.object({
  REDIS_URL: z
    .string()
    .superRefine((url, context) => {
      try {
        parseRedisAddress(url);
      } catch (error) {
        // Nothing else can be said of an address that cannot be read.
        context.addIssue({ code: 'custom', message: (error as Error).message, continue: false });
      }
    })
    .describe('address of Redis: redis://, rediss:// (TLS), redis+sentinel://, redis+cluster:// or unix://'),
  REDIS_USERNAME: text.optional().describe('user, where REDIS_URL has none'),
  REDIS_PASSWORD: text.optional().describe('password, where REDIS_URL has none'),
  REDIS_PASSWORD_FILE: secretFile().optional().describe('file that holds the password, in place of REDIS_PASSWORD'),
  REDIS_SENTINEL_USERNAME: text.optional().describe('user of the Sentinels, which have accounts of their own'),
  REDIS_SENTINEL_PASSWORD: text.optional().describe('password of the Sentinels'),
  REDIS_SENTINEL_PASSWORD_FILE: secretFile().optional().describe('file that holds the password of the Sentinels'),
  REDIS_TLS_CA: file()
    .optional()
    .describe("PEM file with the authorities that Redis' certificate is checked against; by default the system's"),
  REDIS_TLS_CERT: file().optional().describe('PEM file with the certificate we show, where Redis asks for one'),
  REDIS_TLS_KEY: file().optional().describe('PEM file with the key of that certificate'),
  REDIS_TLS_SERVERNAME: text.optional().describe("name in Redis' certificate, where it is not the host of REDIS_URL"),
  REDIS_CHECKS: z
    .enum(['refuse', 'warn'])
    .default('refuse')
    .describe('warn: start although Redis or the store is not fit, or cannot be asked, and only complain'),
});

type RedisConfig = z.infer<typeof redisConfig>;
/** What a connection needs; everything but the address may be absent. */
export type ConnectionConfig = Omit<RedisConfig, 'REDIS_CHECKS'> & Partial<Pick<RedisConfig, 'REDIS_CHECKS'>>;

/** For `superRefine` of a process's settings: those that are good alone and contradict each other. */
export function refuseContradictions(config: RedisConfig, context: z.RefinementCtx): void {
  for (const [name, message] of contradictions(config)) context.addIssue({ code: 'custom', path: [name], message });
}

function* contradictions(config: RedisConfig): Generator<[name: keyof RedisConfig, message: string]> {
  const address = parseRedisAddress(config.REDIS_URL);
  const has = (name: keyof RedisConfig) => config[name] !== undefined;
  for (const name of ['REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_PASSWORD_FILE'] as const) {
    const inUrl = name === 'REDIS_USERNAME' ? address.username : address.password;
    if (has(name) && inUrl !== undefined) yield [name, 'REDIS_URL has one too: keep one of them'];
  }
  for (const name of ['REDIS_PASSWORD', 'REDIS_SENTINEL_PASSWORD'] as const) {
    if (has(name) && has(`${name}_FILE`)) yield [`${name}_FILE`, `${name} is set too: keep one of them`];
  }
  if (has('REDIS_USERNAME') && !address.password && !has('REDIS_PASSWORD') && !has('REDIS_PASSWORD_FILE')) {
    yield ['REDIS_USERNAME', 'needs a password: REDIS_PASSWORD or REDIS_PASSWORD_FILE'];
  }
  for (const name of ['REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD', 'REDIS_SENTINEL_PASSWORD_FILE'] as const) {
    if (has(name) && address.mode !== 'sentinel') yield [name, 'REDIS_URL is not of the form redis+sentinel://'];
  }
  for (const name of ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY', 'REDIS_TLS_SERVERNAME'] as const) {
    if (has(name) && !address.tls) yield [name, 'REDIS_URL asks for no TLS: it would have to begin with rediss'];
  }
  const { REDIS_TLS_CA: ca, REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key } = config;
  if (ca !== undefined && fails(() => new X509Certificate(ca))) yield ['REDIS_TLS_CA', 'is no PEM certificate'];
  if ((cert === undefined) !== (key === undefined)) {
    yield [cert === undefined ? 'REDIS_TLS_KEY' : 'REDIS_TLS_CERT', 'certificate and key belong together: set both'];
  } else if (cert !== undefined && key !== undefined && fails(() => createSecureContext({ cert, key }))) {
    yield ['REDIS_TLS_KEY', 'is not the PEM key, without a passphrase, of REDIS_TLS_CERT'];
  }
}

function fails(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}
