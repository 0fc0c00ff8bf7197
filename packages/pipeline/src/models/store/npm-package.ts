import { AppError } from '@packshot/contracts';
import { z } from 'zod';
import type { HttpSource } from './download';
import type { HttpClient } from './http-client';
import type { NpmRegistry } from './npmrc';
import { SourceFault } from './source-fault';
import type { NpmSource } from './sources';

const MAX_METADATA_BYTES = 64 << 20;
const PUBLIC_HOST = 'registry.npmjs.org';

const packument = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.url(), integrity: z.string().optional() }) })),
});

export interface Tarball extends HttpSource {
  /** As the registry has it. */
  integrity: string | null;
}

/** Asks the registry where a version's tarball lies. @throws SourceFault */
export async function findTarball(
  client: HttpClient,
  registry: NpmRegistry,
  { name, version, label }: NpmSource,
  signal?: AbortSignal,
): Promise<Tarball> {
  const headers = {
    accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8',
    ...(registry.authorization !== undefined && { authorization: registry.authorization }),
  };
  const response = await client.get(`${registry.url}${name.replace('/', '%2f')}`, headers, signal);
  const { dist } = (await readJsonBody(response.body)).versions[version] ?? {};
  if (dist === undefined) throw new SourceFault(`the registry has no version ${version} of ${name}`);
  const url = new URL(dist.tarball);
  // A mirror that hands through what the public registry says means its own copy, as npm understands it.
  const own = new URL(registry.url);
  if (url.host === PUBLIC_HOST) {
    const under = `${own.pathname}${url.pathname.slice(1)}`;
    Object.assign(url, { protocol: own.protocol, host: own.host, pathname: under });
  }
  const ours = url.href.startsWith(registry.url) && registry.authorization !== undefined;
  return {
    label: `${label} (tarball)`,
    url: () => url.href,
    integrity: dist.integrity ?? null,
    ...(ours && { headers: { authorization: registry.authorization ?? '' } }),
  };
}

async function readJsonBody(body: AsyncIterable<Buffer>): Promise<z.infer<typeof packument>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_METADATA_BYTES) throw new SourceFault('the registry sends too much');
      chunks.push(chunk);
    }
    return packument.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new SourceFault('the registry answers something else than npm metadata', { cause: error });
    }
    throw SourceFault.from(error);
  }
}

/** What the record pins and what the registry says must be the same; without either the tarball stays unchecked. */
export function agreedIntegrity(pinned: string | undefined, announced: string | null): string | null {
  if (pinned !== undefined && announced?.startsWith('sha512-') && announced !== pinned) {
    throw new AppError('model_mismatch', 'The registry has another package under this version than the record names.');
  }
  return pinned ?? announced;
}
