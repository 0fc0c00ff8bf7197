import type { Response } from 'express';

/** The address of the next page, with the filters of this one; also as `Link` (RFC 8288). Null when there is none. */
export function nextPage(
  response: Response,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  cursor: string | number | null,
): string | null {
  if (cursor === null) return null;
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const url = `${path}?${parameters}`;
  response.links({ next: url });
  return url;
}
