import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const packages = join(import.meta.dirname, '../../packages');
const dist = join(import.meta.dirname, 'dist');

/** The server does not compress: beside each file lies what it sends to browsers that take Brotli, which is all of them. */
const compressed: Plugin = {
  name: 'compressed',
  closeBundle() {
    for (const name of readdirSync(dist)) {
      if (/\.(js|css)$/.test(name))
        writeFileSync(join(dist, `${name}.br`), brotliCompressSync(readFileSync(join(dist, name))));
    }
  },
};

export default defineConfig({
  // Relative, because the server may stand below a path of another; it puts its own address and the nonce in.
  base: './',
  html: { cspNonce: 'CSP_NONCE' },
  build: {
    outDir: 'dist',
    assetsDir: '',
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // Mantine marks its modules for servers that render React, which nobody does here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  // From the sources: the built packages are CommonJS, of which nothing could be left out.
  resolve: {
    alias: {
      '@packshot/sdk': join(packages, 'sdk/src/index.ts'),
      '@packshot/contracts': join(packages, 'contracts/src/index.ts'),
    },
  },
  plugins: [compressed],
});
