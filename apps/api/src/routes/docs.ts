import { type Viewer, viewerRoutes } from '../openapi/viewer';

/** Swagger UI: reads the contract and sends requests from the browser. */
const swaggerUi: Viewer = {
  path: '/docs',
  name: 'Docs',
  summary: 'The interface as a page to read and to try',
  policy: {},
  assets: {
    'swagger-ui.css': { type: 'css', file: require.resolve('swagger-ui-dist/swagger-ui.css') },
    'swagger-ui.js': { type: 'js', file: require.resolve('swagger-ui-dist/swagger-ui-bundle.js') },
    'start.js': {
      type: 'js',
      text: `SwaggerUIBundle({
  url: document.getElementById('contract').dataset.url,
  domNode: document.getElementById('contract'),
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
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
<link rel="stylesheet" href="${asset('swagger-ui.css')}">
</head>
<body>
<div id="contract" data-url="${contract}"></div>
<script src="${asset('swagger-ui.js')}"></script>
<script src="${asset('start.js')}"></script>
</body>
</html>
`,
};

export const docs = viewerRoutes(swaggerUi);
