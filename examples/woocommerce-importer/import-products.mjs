/**
 * Puts the photos of a whole WooCommerce shop through Packshot, in bulk, and back into the shop:
 *
 *     SHOP_URL=https://shop.example SHOP_KEY=ck_… SHOP_SECRET=cs_… node import-products.mjs
 *
 * Started again after whatever end, it goes on with the jobs that there are: each page of products has one key. For Shopify, or any
 * other shop, `readProducts` and `replaceImages` are what changes.
 */
import { Packshot } from '@packshot/sdk';

const { PACKSHOT_URL = 'http://127.0.0.1:8080', PACKSHOT_API_KEY, PRESET = 'default' } = process.env;
const { SHOP_URL, SHOP_KEY = '', SHOP_SECRET = '', IMPORT_ID = 'import-1' } = process.env;
if (!SHOP_URL) throw new Error('SHOP_URL is not set');

const packshot = new Packshot({ baseUrl: PACKSHOT_URL, apiKey: PACKSHOT_API_KEY });
const PRODUCTS_A_PAGE = 100;

async function shop(path, init = {}) {
  const authorization = `Basic ${Buffer.from(`${SHOP_KEY}:${SHOP_SECRET}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(`${SHOP_URL}/wp-json/wc/v3${path}`, { ...init, headers });
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path} answered ${response.status}`);
  return response.json();
}

/** Pages of products: `{ id, images: [{ id, src, name }] }`. */
async function* readProducts() {
  for (let page = 1; ; page++) {
    const products = await shop(`/products?page=${page}&per_page=${PRODUCTS_A_PAGE}&orderby=id&order=asc`);
    if (products.length > 0) yield { page, products };
    if (products.length < PRODUCTS_A_PAGE) return;
  }
}

/** The shop fetches images by their address; those of results need no key, and last for an hour. */
async function replaceImages(product, results) {
  const images = product.images.map((image) => {
    const url = results.get(`${product.id}/${image.id}`);
    return url === undefined ? { id: image.id } : { src: url, name: image.name };
  });
  await shop(`/products/${product.id}`, { method: 'PUT', body: JSON.stringify({ images }) });
}

async function importPage({ page, products }) {
  const items = products.flatMap(({ id, images }) =>
    images.map(({ id: image, src }) => ({ url: src, custom_id: `${id}/${image}` })),
  );
  if (items.length === 0) return { done: 0, failed: 0 };
  const job = await packshot.jobs.create({ items, preset: PRESET }, { idempotencyKey: `${IMPORT_ID}-page-${page}` });
  await packshot.jobs.wait(job.id, {
    onProgress: ({ progress }) => console.log(`page ${page}: ${Math.floor(progress * 100)} %`),
  });
  const results = new Map();
  let failed = 0;
  for await (const item of packshot.jobs.items(job.id)) {
    if (item.result) results.set(item.custom_id, item.result.url);
    else {
      failed += 1;
      console.error(`${item.custom_id}: ${item.error?.code ?? item.status}: ${item.error?.message ?? ''}`);
    }
  }
  for (const product of products) {
    // One that has no new photo stays as it is.
    if (product.images.some(({ id }) => results.has(`${product.id}/${id}`))) await replaceImages(product, results);
  }
  return { done: results.size, failed };
}

let done = 0;
let failed = 0;
for await (const page of readProducts()) {
  const counts = await importPage(page);
  done += counts.done;
  failed += counts.failed;
}
console.log(`${done} photos replaced, ${failed} left as they were`);
