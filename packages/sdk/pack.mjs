/**
 * Makes the package that is published, after a build:
 *
 *     node packages/sdk/pack.mjs [FOLDER]     writes FOLDER/packshot-sdk-<version>.tgz, and prints its path
 *
 * The contracts go into it: what runs of them is bundled, without zod; their types lie beside it, and need zod's.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const contracts = resolve(here, '../contracts');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** An ES module for bundlers and browsers, and CommonJS: the same source, nothing of Node in either. */
async function bundle(folder) {
  for (const [format, file] of [
    ['esm', 'index.mjs'],
    ['cjs', 'index.js'],
  ]) {
    await build({
      entryPoints: [join(here, 'src/index.ts')],
      outfile: join(folder, file),
      alias: { '@packshot/contracts': join(contracts, 'src/index.ts') },
      bundle: true,
      format,
      platform: 'neutral',
      target: 'es2022',
    });
  }
}

/** As CommonJS, which needs no file endings: an ES module may import it all the same. */
function copyTypes(folder) {
  const isType = (name) => name.endsWith('.d.ts');
  for (const name of readdirSync(join(here, 'dist')).filter(isType)) {
    const text = readFileSync(join(here, 'dist', name), 'utf8');
    writeFileSync(join(folder, name), text.replaceAll("'@packshot/contracts'", "'./contracts'"));
  }
  mkdirSync(join(folder, 'contracts'));
  for (const name of readdirSync(join(contracts, 'dist')).filter(isType)) {
    cpSync(join(contracts, 'dist', name), join(folder, 'contracts', name));
  }
}

function manifest() {
  const { name, version, description, license } = readJson(join(here, 'package.json'));
  const zod = readJson(createRequire(import.meta.url).resolve('zod/package.json')).version;
  return {
    name,
    version,
    description,
    license,
    main: 'dist/index.js',
    module: 'dist/index.mjs',
    types: 'dist/index.d.ts',
    exports: {
      '.': { types: './dist/index.d.ts', import: './dist/index.mjs', require: './dist/index.js' },
      './package.json': './package.json',
    },
    sideEffects: false,
    engines: { node: '>=20' },
    dependencies: { zod: `^${zod}` },
  };
}

const target = resolve(process.argv[2] ?? '.');
const stage = mkdtempSync(join(tmpdir(), 'packshot-sdk-'));
try {
  mkdirSync(join(stage, 'dist'));
  mkdirSync(target, { recursive: true });
  await bundle(join(stage, 'dist'));
  copyTypes(join(stage, 'dist'));
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  cpSync(join(here, 'README.md'), join(stage, 'README.md'));
  cpSync(join(here, '../../LICENSE'), join(stage, 'LICENSE'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: stage,
    encoding: 'utf8',
  });
  console.log(join(target, packed.trim().split('\n').at(-1)));
} finally {
  rmSync(stage, { recursive: true, force: true });
}
