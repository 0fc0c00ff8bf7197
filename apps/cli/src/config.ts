import { join, resolve } from 'node:path';
import { availableCpus, list, loadConfig } from '@packshot/service';
import { z } from 'zod';

/** From `src/` and `dist/` alike, the repository's models. */
const REPOSITORY_MODELS = join(__dirname, '../../../models');

const address = (fallback: string) => z.url({ protocol: /^https?$/ }).default(fallback);

/** Every setting of the command line. */
export const cliConfig = z.object({
  PACKSHOT_URL: address('http://127.0.0.1:8080').describe('the server that commands talk to'),
  PACKSHOT_API_KEY: z.string().optional().describe('API key for that server'),
  MODELS_DIR: z.string().default(REPOSITORY_MODELS).describe('folder with the model registry and weights'),
  MODELS_STORE: z.string().default('.packshot/models').describe('folder where fetched models are installed'),
  MODELS_MIRROR: list()
    .default([])
    .describe(
      'where models are looked for first, comma-separated: `<address>/<model>/<file>`, http, https or s3://bucket/prefix',
    ),
  HF_ENDPOINT: address('https://huggingface.co').describe('Hugging Face, or a mirror of it'),
  HF_TOKEN: z.string().optional().describe('token for models on Hugging Face that ask for one'),
  MODELSCOPE_ENDPOINT: address('https://modelscope.cn').describe('ModelScope, or a mirror of it'),
  HTTP_PROXY: z.string().optional().describe('proxy for http addresses'),
  HTTPS_PROXY: z.string().optional().describe('proxy for https addresses'),
  NO_PROXY: z.string().optional().describe('hosts that are reached without the proxy'),
  PROVIDERS: list()
    .default(['cpu'])
    .describe('ONNX Runtime providers in order of preference, comma-separated: cpu, cuda, tensorrt, webgpu'),
  THREADS: z.coerce
    .number()
    .int()
    .positive()
    .default(() => availableCpus())
    .describe('threads of one inference; by default the processors this process may use'),
  PYTHON: z.string().default('python3').describe('Python with the packages of models/export, for converting models'),
});

export type CliConfig = z.infer<typeof cliConfig>;

/** Throws a ConfigError that names every fault. Proxies are also read from the lower-case variables that other tools use. */
export function readConfig(env: NodeJS.ProcessEnv): CliConfig {
  const lower = Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map((name) => [name, env[name] || env[name.toLowerCase()]]),
  );
  const config = loadConfig(cliConfig, { env: { ...env, ...lower } });
  return { ...config, MODELS_DIR: resolve(config.MODELS_DIR), MODELS_STORE: resolve(config.MODELS_STORE) };
}
