import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the tests look at; the schema has said by then that the rest is well-formed. */
export interface ComposeService {
  image?: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string | number | boolean | null>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: string[];
  volumes?: (string | { type: string; source?: string; target: string })[];
  networks?: string[];
  profiles?: string[];
  restart?: string;
  stop_grace_period?: string;
  mem_limit?: string;
  read_only?: boolean;
  init?: boolean;
  security_opt?: string[];
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
}

/** A Compose file as Compose sees it: anchors merged, then variables put into the values, `env` being the whole environment. */
export function readComposeFile(path: string, env: Record<string, string> = {}): ComposeFile {
  return interpolate(parse(readFileSync(path, 'utf8'), { merge: true }), env) as ComposeFile;
}

/** The names of all variables that the file asks for. */
export function variablesOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name ?? '');
}

function interpolate(value: unknown, env: Record<string, string>): unknown {
  if (typeof value === 'string') return substitute(value, env);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, env));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, env)]));
}

/** `$$` and `${NAME:-default}`, the only forms our file may use: the others would ask or fail on a plain `up`. */
function substitute(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\{([A-Z0-9_]+):-([^}]*)\}|\$/g, (match, name?: string, fallback?: string) => {
    if (match === '$$') return '$';
    if (name === undefined) throw new Error(`${text}: this form of a variable is not allowed here`);
    return env[name] || (fallback ?? '');
  });
}
