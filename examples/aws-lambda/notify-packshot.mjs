/**
 * An AWS Lambda function for buckets that tell of new photos: it hands what S3 says to Packshot, whose INGEST_RULES make jobs of it.
 * Node 20, no dependencies; handler `notify-packshot.handler`; trigger: the bucket, ObjectCreated, suffix `.jpg`; environment:
 * PACKSHOT_URL, PACKSHOT_API_KEY with the scope `submit`.
 */
const { PACKSHOT_URL, PACKSHOT_API_KEY } = process.env;

/** What became of each object. Throws when Packshot cannot take them now: Lambda then calls again, and no object makes two jobs. */
export async function handler(event) {
  const response = await fetch(`${PACKSHOT_URL}/ingest/s3`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(PACKSHOT_API_KEY && { authorization: `Bearer ${PACKSHOT_API_KEY}` }),
    },
    body: JSON.stringify(event),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`Packshot answered ${response.status}: ${answer.slice(0, 500)}`);
  return JSON.parse(answer);
}
