import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** Settings fragment that every long-running process has. */
export const serviceConfig = z.object({
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('how much is logged'),
  LOG_FORMAT: z.enum(['json', 'text']).default('json').describe('one JSON object a line, or text for people'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('address clients reach the API at, for the links in its answers'),
  ALLOW_PRIVATE_HOSTS: list()
    .default([])
    .describe('hosts on private networks that URLs from users may point to, comma-separated; for development only'),
});

export type ServiceConfig = z.infer<typeof serviceConfig>;

/** Comma-separated words. */
export function list() {
  return z.union([
    z.array(z.string()),
    z.string().transform((text) =>
      text
        .split(',')
        .map((word) => word.trim())
        .filter(Boolean),
    ),
  ]);
}

/** `true`, `1`, `yes`, `on` and their opposites. */
export function flag() {
  return z.union([z.boolean(), z.stringbool()]);
}

/** Settings that do not make sense; `faults` names each variable with what is wrong. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The settings are not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads settings from the environment and from a YAML file (`PACKSHOT_CONFIG`, else `packshot.yaml` in the working folder,
 * if there is one); the environment wins. All faults are reported together. An empty variable counts as unset.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  { env = process.env, file }: { env?: NodeJS.ProcessEnv; file?: string } = {},
): z.infer<S> {
  const path = file ?? env.PACKSHOT_CONFIG ?? 'packshot.yaml';
  const fromFile = readYaml(path, file !== undefined || env.PACKSHOT_CONFIG !== undefined);
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(schema.shape)) {
    values[name] = env[name] === undefined || env[name] === '' ? fromFile[name] : env[name];
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => fault(schema, issue)));
}

function fault(schema: z.ZodObject, issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? 'settings');
  const field = schema.shape[name] as z.ZodType | undefined;
  const meaning = field?.description;
  return `${name}: ${issue.message}${meaning ? ` (${meaning})` : ''}`;
}

function readYaml(path: string, required: boolean): Record<string, unknown> {
  if (!existsSync(path)) {
    if (required) throw new ConfigError([`${path}: there is no such file`]);
    return {};
  }
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`${path}: not valid YAML: ${(error as Error).message}`]);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) throw new ConfigError([`${path}: not a list of settings`]);
  return content as Record<string, unknown>;
}
