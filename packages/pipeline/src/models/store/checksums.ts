import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a file's content must hash to, in hex. Empty: nobody knows. */
export interface Checksums {
  sha256?: string | null | undefined;
  sha512?: string | null | undefined;
  md5?: string | null | undefined;
}

export interface Digest {
  bytes: number;
  sha256: string;
  /** Which of the expected sums differ, each as "sha256 expected …, found …". */
  faults: string[];
}

/** Reads the whole file once. */
export async function digestFile(path: string, expected: Checksums = {}): Promise<Digest> {
  const wanted = Object.entries(expected).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const hashes = new Map([...wanted.map(([name]) => name), 'sha256'].map((name) => [name, createHash(name)]));
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    bytes += (chunk as Buffer).length;
    for (const hash of hashes.values()) hash.update(chunk as Buffer);
  }
  const sums = new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
  const faults = wanted
    .filter(([name, value]) => sums.get(name) !== value)
    .map(([name, value]) => `${name} expected ${value}, found ${sums.get(name)}`);
  return { bytes, sha256: sums.get('sha256') ?? '', faults };
}

/** A npm integrity string, `sha512-<base64>`, as a checksum. */
export function fromIntegrity(integrity: string): Checksums {
  const sha512 = /(?:^|\s)sha512-([A-Za-z0-9+/=]+)/.exec(integrity)?.[1];
  return sha512 === undefined ? {} : { sha512: Buffer.from(sha512, 'base64').toString('hex') };
}
