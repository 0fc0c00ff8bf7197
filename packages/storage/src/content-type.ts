/** Content types that the extension of a key says by itself, so that a file-system store need not note them down. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  png: 'image/png',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** The type that the key's extension stands for, or null when it has none that is known. */
export function impliedContentType(key: string): string | null {
  const extension = /\.([a-z0-9]+)$/.exec(key)?.[1];
  return extension === undefined ? null : (BY_EXTENSION[extension] ?? null);
}
