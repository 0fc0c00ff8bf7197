import { AppError } from '@packshot/contracts';
import {
  createHttpClient,
  DEFAULT_HTTP,
  DEFAULT_SOURCES,
  type FetchContext,
  findNpmRegistry,
  type InstalledModel,
  installModel,
  type ModelRecord,
  requireLicence,
} from '@packshot/pipeline';
import type { Context } from '../context';
import { megabytes, type Output } from '../output';
import { showProgress } from '../progress';
import { createS3Signer } from '../s3-mirror';
import { findRecords } from './records';

/** Fetches models and packs. Every licence is looked at before the first byte is asked for. */
export async function pullModels(
  context: Context,
  names: readonly string[],
  { acceptLicense }: { acceptLicense: readonly string[] },
): Promise<void> {
  const { config, output } = context;
  const records = await findRecords(config, names);
  for (const record of records) await requireLicence(config.MODELS_STORE, record, acceptLicense);
  const client = createHttpClient({
    ...DEFAULT_HTTP,
    httpProxy: config.HTTP_PROXY,
    httpsProxy: config.HTTPS_PROXY,
    noProxy: config.NO_PROXY,
  });
  try {
    const pulled: InstalledModel[] = [];
    const failures: AppError[] = [];
    for (const record of records) {
      try {
        pulled.push(await pullModel(record, fetchContext(context, client), output));
      } catch (error) {
        // One that cannot be had must not keep the rest of a pack away; Ctrl-C and a full disk end it all.
        if (!(error instanceof AppError) || error.code === 'disk_full') throw error;
        failures.push(error);
      }
    }
    const lines = pulled.map(({ id, files }) => {
      if (files.length === 0) return `${id} ships with Packshot`;
      return `${id} is installed (${megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0))})`;
    });
    output.result({ models: pulled }, lines.join('\n'));
    const [first] = failures;
    if (first !== undefined) throw new AppError(first.code, failures.map(({ message }) => message).join('\n'));
  } finally {
    await client.close();
  }
}

async function pullModel(record: ModelRecord, context: FetchContext, output: Output): Promise<InstalledModel> {
  const installed = await installModel(record, context);
  const unpinned = installed.files.filter(({ pinned }) => !pinned).map(({ path }) => path);
  if (unpinned.length > 0) {
    output.note(`${record.id}: nobody has published a checksum of ${unpinned.join(', ')}; kept as it came`);
  }
  return installed;
}

function fetchContext({ config, output, env, signal }: Context, client: FetchContext['client']): FetchContext {
  return {
    store: config.MODELS_STORE,
    client,
    sources: {
      ...DEFAULT_SOURCES,
      mirrors: config.MODELS_MIRROR,
      hfEndpoint: config.HF_ENDPOINT,
      hfToken: config.HF_TOKEN,
      modelscopeEndpoint: config.MODELSCOPE_ENDPOINT,
      signS3: createS3Signer(env),
    },
    npmRegistry: (name) => findNpmRegistry(name, env),
    signal,
    onProgress: showProgress(output),
    onNotice: (text) => output.note(text),
  };
}
