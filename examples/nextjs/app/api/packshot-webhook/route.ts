import { type PackshotError, verifyWebhook } from '@packshot/sdk';

/** A Next.js route handler for the webhooks of Packshot. */
export async function POST(request: Request): Promise<Response> {
  try {
    const payload = await verifyWebhook({
      body: await request.text(),
      headers: request.headers,
      secret: process.env.PACKSHOT_WEBHOOK_SECRET ?? '',
    });
    // Note it down here, and fetch the results elsewhere: the call must be answered soon.
    console.log(`${payload.type} ${'id' in payload.data ? payload.data.id : ''}`);
    return new Response(null, { status: 204 });
  } catch (error) {
    return Response.json({ error: (error as PackshotError).message }, { status: 401 });
  }
}
