/**
 * The description of an ICC profile (tag `desc`; ICC.1:2022 sections 7.3, 9.2.41, 10.15, and the older textDescriptionType
 * of ICC.1:2001), e.g. `Display P3`. Null when there is none to be found; every offset is checked, the bytes are hostile.
 */
export function iccName(profile: Buffer): string | null {
  if (profile.length < 132) return null;
  const tags = Math.min(profile.readUInt32BE(128), 100);
  for (let i = 0; i < tags; i++) {
    const entry = 132 + i * 12;
    if (entry + 12 > profile.length) return null;
    if (profile.toString('latin1', entry, entry + 4) === 'desc') {
      const start = profile.readUInt32BE(entry + 4);
      return readText(profile.subarray(start, start + profile.readUInt32BE(entry + 8)));
    }
  }
  return null;
}

function readText(tag: Buffer): string | null {
  if (tag.length < 12) return null;
  const type = tag.toString('latin1', 0, 4);
  let text = '';
  if (type === 'desc') {
    text = tag.toString('latin1', 12, 12 + tag.readUInt32BE(8));
  } else if (type === 'mluc' && tag.length >= 28) {
    const [length, offset] = [tag.readUInt32BE(20), tag.readUInt32BE(24)];
    text = Buffer.from(tag.subarray(offset, offset + (length & ~1)))
      .swap16()
      .toString('utf16le');
  }
  // A name is for people: no control characters, and not longer than one reads.
  const clean = [...text]
    .filter((char) => char >= ' ' && char !== '\x7f')
    .join('')
    .trim();
  return clean === '' ? null : clean.slice(0, 80);
}
