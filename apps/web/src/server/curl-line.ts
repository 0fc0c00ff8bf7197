import type { Server } from './server';

/** For a POSIX shell: within single quotes only these need care. */
const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

/** The key is left to the environment: what is copied gets pasted into tickets. */
const auth = ({ apiKey }: Pick<Server, 'apiKey'>) =>
  apiKey === null ? '' : ` -H "Authorization: Bearer $PACKSHOT_KEY"`;

export function submitLine(
  server: Pick<Server, 'base' | 'apiKey'>,
  names: readonly string[],
  fields: { pipeline?: unknown; preset?: string | undefined },
): string {
  const files = names.map((name) => ` -F ${quoted(`files=@${name}`)}`).join('');
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const forms = given.map(([name, value]) => {
    const written = typeof value === 'string' ? value : JSON.stringify(value);
    return ` -F ${quoted(`${name}=${written}`)}`;
  });
  return `curl${auth(server)}${files}${forms.join('')} ${quoted(`${server.base}/jobs`)}`;
}

export function fetchLine(server: Pick<Server, 'base' | 'apiKey'>, path: string, name: string): string {
  return `curl${auth(server)} -o ${quoted(name)} ${quoted(server.base + path)}`;
}
