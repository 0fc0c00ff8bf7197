import { createHash } from 'node:crypto';

/**
 * What makes two requests the same: the fields and files of a form, in order, whatever the boundary between them; of any other
 * body its bytes. It is computed while the body passes, and is only asked for when the body is whole.
 */
export class Fingerprint {
  private readonly parts: string[] = [];

  /** `target`: what belongs to the request beside its body, for example its query. */
  constructor(target: string) {
    this.parts.push(target);
  }

  field(name: string, value: string | Buffer): void {
    this.parts.push(JSON.stringify([name, sha256(value)]));
  }

  /** The chunks, unchanged; they are hashed as they pass. Its place is where it began. */
  file(name: string, fileName: string | null, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    const place = this.parts.push('') - 1;
    return hashed(chunks, (digest) => {
      this.parts[place] = JSON.stringify([name, fileName, digest]);
    });
  }

  digest(): string {
    return sha256(JSON.stringify(this.parts));
  }
}

async function* hashed(chunks: AsyncIterable<Buffer>, ended: (digest: string) => void): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  ended(hash.digest('hex'));
}

function sha256(value: string | Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}
