/** Null for anything but standard base64 (RFC 4648, section 4), padded: Node's decoder would skip what it does not know. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
