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
  html: ({ asset, contract }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Packshot API</title>
<link rel="icon" href="data:,">
<style>body { margin: 0; }</style>
</head>
<body>
<div id="contract" data-url="${contract}"></div>
<script src="${asset('redoc.js')}"></script>
<script src="${asset('start.js')}"></script>
</body>
</html>
`,
};

export const redoc = viewerRoutes(viewer);
