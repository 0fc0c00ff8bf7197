import { isIP } from 'node:net';
import { limitsConfig } from '@packshot/contracts';
import { jobsConfig, refuseContradictions } from '@packshot/jobs';
import { loadConfig, serviceConfig } from '@packshot/service';
import { storageConfig } from '@packshot/storage';
import { z } from 'zod';
import { adminConfig } from './admin/config';
import { authConfig, checkAuthConfig, needsCredentials } from './auth/config';
import { isLoopback } from './auth/loopback';
import { compatConfig } from './compat/config';
import { checkServerConfig, serverConfig } from './http/server-config';
import { idempotencyConfig } from './idempotency/config';
import { checkIngestConfig, ingestConfig } from './ingest/config';
import { shutdownConfig } from './shutdown-config';
import { uploadsConfig } from './uploads/config';

/** Settings fragment of the API itself. */
const httpConfig = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('address the API listens on'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .describe('port the API listens on; 0 takes a free one'),
  TRUST_PROXY: z
    .string()
    .refine(isTrust, 'a number, or addresses and networks (10.0.0.0/8, loopback, uniquelocal), comma-separated')
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
    .optional()
    .describe('proxies whose X-Forwarded headers count: how many there are, or their addresses'),
});

/** Every setting of the API process. */
export const apiConfig = httpConfig
  .extend(authConfig.shape)
  .extend(serverConfig.shape)
  .extend(serviceConfig.shape)
  .extend(jobsConfig.shape)
  .extend(storageConfig.shape)
  .extend(limitsConfig.shape)
  .extend(idempotencyConfig.shape)
  .extend(uploadsConfig.shape)
  .extend(ingestConfig.shape)
  .extend(shutdownConfig.shape)
  .extend(adminConfig.shape)
  .extend(compatConfig.shape)
  .superRefine(refuseContradictions)
  .superRefine(checkAuthConfig)
  .superRefine(checkServerConfig)
  .superRefine(checkIngestConfig)
  .superRefine((config, context) => {
    const { HOST, ALLOW_UNAUTHENTICATED } = config;
    if (isLoopback(HOST) || needsCredentials(config) || ALLOW_UNAUTHENTICATED) return;
    const message = `is needed, or ADMIN_KEYS, or JWT_ISSUER, to listen on ${HOST}: without them only this machine is served (ALLOW_UNAUTHENTICATED=true overrides)`;
    context.addIssue({ code: 'custom', path: ['API_KEYS'], message });
  });

export type ApiConfig = z.infer<typeof apiConfig>;

/** The one place where the environment is read. Throws `ConfigError` with every fault. */
export function loadApiConfig(env: NodeJS.ProcessEnv = process.env): ApiConfig {
  return loadConfig(apiConfig, { env });
}

/** What Express understands as trusted proxies, without its `true`: that would believe anybody. */
function isTrust(text: string): boolean {
  if (/^\d{1,2}$/.test(text)) return true;
  return text.split(',').every((part) => {
    const [address = '', bits, ...rest] = part.trim().split('/');
    if (bits === undefined) return isIP(address) > 0 || ['loopback', 'linklocal', 'uniquelocal'].includes(address);
    return (
      isIP(address) > 0 &&
      rest.length === 0 &&
      /^\d{1,3}$/.test(bits) &&
      Number(bits) <= (isIP(address) === 4 ? 32 : 128)
    );
  });
}
