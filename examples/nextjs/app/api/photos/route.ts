import { Packshot, PackshotError } from '@packshot/sdk';

/**
 * A Next.js route handler: takes the photos of a form (`<input type="file" name="photos" multiple>`) and answers with the job. The key
 * stays on the server; the browser polls this, or waits until the webhook has told the shop.
 */
export async function POST(request: Request): Promise<Response> {
  const form = await request.formData();
  const files = form.getAll('photos').flatMap((entry) => (typeof entry === 'string' ? [] : [{ data: entry }]));
  if (files.length === 0) return Response.json({ error: 'Choose a photo.' }, { status: 400 });
  const { PACKSHOT_URL = 'http://127.0.0.1:8080', PACKSHOT_API_KEY, SHOP_URL } = process.env;
  const packshot = new Packshot({ baseUrl: PACKSHOT_URL, apiKey: PACKSHOT_API_KEY });
  try {
    const job = await packshot.jobs.create({
      files,
      preset: 'cutout',
      ...(SHOP_URL && { webhook_url: `${SHOP_URL}/api/packshot-webhook` }),
    });
    return Response.json({ id: job.id, status: job.status }, { status: 202 });
  } catch (error) {
    if (!(error instanceof PackshotError)) throw error;
    // The user's fault is told; what is wrong between us and Packshot is not.
    const [status, text] =
      error.status !== null && error.status < 500 ? [422, error.message] : [503, 'Try again later.'];
    return Response.json({ error: text }, { status: status as number });
  }
}
