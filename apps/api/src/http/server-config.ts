import { flag, list } from '@packshot/service';
import { z } from 'zod';

const seconds = (value: number) => z.coerce.number().int().min(1).max(86_400).default(value);
const count = (value: number) => z.coerce.number().int().min(0).default(value);

/** Settings fragment: how connections are kept, how much a tenant may ask, and which web pages may ask at all. */
export const serverConfig = z.object({
  MAX_STREAMS: z.coerce
    .number()
    .int()
    .positive()
    .default(1000)
    .describe('most event streams and long polls open in one API process; they do not count as requests in flight'),
  MAX_CONNECTIONS: count(10_000).describe(
    'most connections open in one API process; more are closed at once; 0: no limit',
  ),
  MAX_REQUESTS_PER_SOCKET: count(1000).describe('requests after which a connection is closed; 0: no limit'),
  MAX_HEADER_BYTES: z.coerce
    .number()
    .int()
    .min(4096)
    .max(1_048_576)
    .default(16_384)
    .describe('largest head of a request, in bytes'),
  HEADERS_TIMEOUT_SECONDS: seconds(30).describe('how long the head of a request may take'),
  IDLE_TIMEOUT_SECONDS: seconds(120).describe('how long nothing may move on a connection while a request is served'),
  KEEP_ALIVE_SECONDS: seconds(65).describe(
    'how long a connection is kept for the next request; longer than the load balancer before it keeps its own',
  ),
  RATE_LIMIT_REQUESTS: count(0).describe('requests a tenant may make in a minute; 0: no limit'),
  RATE_LIMIT_BURST: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("requests a tenant may make at once; by default a minute's worth"),
  RATE_LIMIT_MEGAPIXELS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe('megapixels a tenant may hand in in a minute; 0: no limit'),
  SANDBOX_REQUESTS: z.coerce
    .number()
    .int()
    .positive()
    .default(60)
    .describe("requests that a tenant's sandbox keys may make in a minute"),
  CORS_ORIGINS: list()
    .default([])
    .refine((origins) => origins.every(isOrigin), 'origins such as https://shop.example, or * alone')
    .refine((origins) => !origins.includes('*') || origins.length === 1, '* stands alone')
    .describe('origins whose web pages may use the API, comma-separated; * for any'),
  CORS_CREDENTIALS: flag()
    .default(false)
    .describe('lets those pages send cookies, for a proxy that wants them; not with *'),
});

export type ServerConfig = z.infer<typeof serverConfig>;

/** Faults that only show when settings are seen together. */
export function checkServerConfig(config: ServerConfig, context: z.RefinementCtx): void {
  if (!config.CORS_CREDENTIALS || !config.CORS_ORIGINS.includes('*')) return;
  context.addIssue({
    code: 'custom',
    path: ['CORS_CREDENTIALS'],
    message: 'not with CORS_ORIGINS=*: name the origins',
  });
}

/** Exactly as browsers send it: scheme, host, and a port that is not the scheme's own. */
function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text);
}
