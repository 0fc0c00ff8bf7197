import { type Viewer, viewerRoutes } from '../openapi/viewer';

/** Redoc: the contract to read. It searches in a worker that it makes from a blob. */
const viewer: Viewer = {
  path: '/redoc',
  name: 'Redoc',
  summary: 'The interface as a page to read',
  policy: { 'worker-src': 'blob:' },
  assets: {
    'redoc.js': { type: 'js', file: require.resolve('redoc/bundles/redoc.standalone.js') },
    'start.js': {
      type: 'js',
      text: `const place = document.getElementById('contract');
Redoc.init(place.dataset.url, { nativeScrollbars: true }, place);
`,
    },
  },
  head: () => '<style>body { margin: 0; }</style>',
};

export const redoc = viewerRoutes(viewer);
