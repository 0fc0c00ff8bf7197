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
  head: (asset) => `<link rel="stylesheet" href="${asset('swagger-ui.css')}">`,
};

export const docs = viewerRoutes(swaggerUi);
