import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a company keeps npm packages, as npm itself is told. */
export interface NpmRegistry {
  /** With a slash at the end. */
  url: string;
  /** The header for addresses below `url`; none for public registries. */
  authorization?: string;
}

const PUBLIC = 'https://registry.npmjs.org/';

/**
 * The registry of a package: its scope's, else the general one, from the environment (`npm_config_registry`), the `.npmrc` of
 * the working folder and that of the user, in this order; with the token or password that those files hold for it.
 */
export async function findNpmRegistry(
  name: string,
  env: NodeJS.ProcessEnv,
  files: readonly string[] = [join(process.cwd(), '.npmrc'), env.NPM_CONFIG_USERCONFIG ?? join(homedir(), '.npmrc')],
): Promise<NpmRegistry> {
  const settings = new Map<string, string>();
  for (const file of [...files].reverse()) {
    for (const [key, value] of parse(await readFile(file, 'utf8').catch(() => ''), env)) settings.set(key, value);
  }
  const scope = /^(@[^/]+)\//.exec(name)?.[1];
  const general = env.npm_config_registry || env.NPM_CONFIG_REGISTRY || settings.get('registry') || PUBLIC;
  const address = (scope && settings.get(`${scope}:registry`)) || general;
  const url = address.endsWith('/') ? address : `${address}/`;
  const authorization = authorizationFor(url, settings);
  return { url, ...(authorization !== undefined && { authorization }) };
}

function parse(text: string, env: NodeJS.ProcessEnv): [string, string][] {
  return text
    .split('\n')
    .map((line) => /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, key = '', value = '']) => [
      key,
      value.replace(/^"(.*)"$/, '$1').replace(/\$\{([^}]+)\}/g, (_, variable: string) => env[variable] ?? ''),
    ]);
}

/** Credentials belong to a host and path; the nearest folder above counts. */
function authorizationFor(url: string, settings: ReadonlyMap<string, string>): string | undefined {
  let place = url.replace(/^https?:/, '');
  while (place.length > 2) {
    const token = settings.get(`${place}:_authToken`);
    if (token) return `Bearer ${token}`;
    const basic = settings.get(`${place}:_auth`);
    if (basic) return `Basic ${basic}`;
    place = place.endsWith('/') ? place.slice(0, -1) : place.slice(0, place.lastIndexOf('/') + 1);
  }
  return undefined;
}
