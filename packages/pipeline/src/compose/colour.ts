/** Bytes, and an opacity of 0..1. */
export interface Colour {
  red: number;
  green: number;
  blue: number;
  opacity: number;
}

/** Of `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`. */
export function readColour(text: string): Colour {
  const digits = text.length < 6 ? [...text.slice(1)].map((digit) => digit + digit).join('') : text.slice(1);
  const [red = 0, green = 0, blue = 0, opacity = 255] = (digits.match(/../g) ?? []).map((byte) =>
    Number.parseInt(byte, 16),
  );
  return { red, green, blue, opacity: opacity / 255 };
}
