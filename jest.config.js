/**
 * Two tiers: `npm test` leaves out `*.full.test.ts` (kill schedules, soaks, very large images); TEST_TIER=full runs
 * everything. Sources are tested directly, so a unit test needs no build; tests that start our processes need `dist/`.
 */
const full = process.env.TEST_TIER === 'full';

/** @type {import('jest').Config} */
module.exports = {
  roots: ['apps', 'clients', 'examples', 'infra', 'packages'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['<rootDir>/{apps,packages}/**/src/**/*.test.ts', '<rootDir>/{clients,examples,infra}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(full ? [] : ['\\.full\\.test\\.ts$'])],
  modulePathIgnorePatterns: ['/dist/'],
  moduleNameMapper: {
    '^@packshot/([a-z-]+)$': '<rootDir>/packages/$1/src',
    '^@packshot/([a-z-]+)/([a-z/-]+)$': '<rootDir>/packages/$1/src/$2',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    '/jose/.*\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  // jose is published as ES modules only, which Jest cannot load as they are.
  transformIgnorePatterns: ['/node_modules/(?!(\\.pnpm/)?jose[@/])'],
  testEnvironment: '<rootDir>/packages/testing/jest-environment.js',
  maxWorkers: 2,
  testTimeout: 60_000,
  watchman: false,
};
