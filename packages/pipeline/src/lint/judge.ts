import { type FileFacts, type LintReport, MARKETPLACE_RULES, type Marketplace } from '@packshot/contracts';
import { EVEN, type Observation } from './observe';

type Finding = LintReport['findings'][number];

/** So much of the background has to be pure white; the rest is what compression leaves. */
const WHITE = 0.995;
/** A fill is measured no better than this. */
const MEASURE = 0.005;

/** What a marketplace's rules say of a picture, by what is seen in it and by its file. */
export function judge(marketplace: Marketplace, seen: Observation, file: FileFacts): LintReport {
  const findings = [
    ...fileFindings(marketplace, file),
    ...sizeFindings(marketplace, file),
    ...sightFindings(marketplace, seen),
  ];
  return { marketplace, passed: !findings.some(({ required }) => required), findings };
}

function fileFindings(marketplace: Marketplace, { content_type, bytes }: FileFacts): Finding[] {
  const { formats, maxBytes } = MARKETPLACE_RULES[marketplace];
  const findings: Finding[] = [];
  if (!formats.includes(content_type)) {
    findings.push({
      rule: 'format',
      required: true,
      detail: `${content_type} is not taken; ${formats.join(', ')} are.`,
    });
  }
  if (maxBytes !== undefined && bytes > maxBytes) {
    findings.push({
      rule: 'file_size',
      required: true,
      detail: `The file has ${bytes} bytes; ${maxBytes} are allowed.`,
    });
  }
  return findings;
}

function sizeFindings(marketplace: Marketplace, { width, height }: FileFacts): Finding[] {
  const { longSide = [], shortSide = [], maxSide, maxMegapixels } = MARKETPLACE_RULES[marketplace];
  const findings: Finding[] = [];
  const sides = [
    { name: 'longer', pixels: Math.max(width, height), limits: longSide },
    { name: 'shorter', pixels: Math.min(width, height), limits: shortSide },
  ];
  for (const { name, pixels, limits } of sides) {
    // The least that is missed says most.
    const missed = limits.find(({ value }) => pixels < value);
    if (missed === undefined) continue;
    const detail = `The ${name} side has ${pixels} pixels; ${missed.value} are ${missed.required ? 'required' : 'advised'}.`;
    findings.push({ rule: 'too_small', required: missed.required, detail });
  }
  if (maxSide !== undefined && Math.max(width, height) > maxSide) {
    const detail = `A side has ${Math.max(width, height)} pixels; ${maxSide} are allowed.`;
    findings.push({ rule: 'too_large', required: true, detail });
  }
  if (maxMegapixels !== undefined && width * height > maxMegapixels * 1e6) {
    const detail = `The picture has ${((width * height) / 1e6).toFixed(1)} megapixels; ${maxMegapixels} are allowed.`;
    findings.push({ rule: 'too_large', required: true, detail });
  }
  return findings;
}

function sightFindings(marketplace: Marketplace, { background, transparent, product, frame }: Observation): Finding[] {
  const rules = MARKETPLACE_RULES[marketplace];
  const findings: Finding[] = [];
  const fault = rules.background && backgroundFault(background, transparent, rules.background.transparent);
  if (rules.background && fault)
    findings.push({ rule: 'background', required: rules.background.required, detail: fault });
  const fill = product && Math.max(product.width, product.height);
  if (rules.fill !== undefined && fill !== null) {
    const { least, most = 1, required } = rules.fill;
    const percent = (share: number) => `${Math.round(100 * share)} %`;
    if (fill < least - MEASURE || fill > most + MEASURE) {
      const asked = fill < least ? `at least ${percent(least)}` : `at most ${percent(most)}`;
      findings.push({
        rule: 'fill',
        required,
        detail: `The product fills ${percent(fill)} of the frame; ${asked} are asked for.`,
      });
    }
  }
  if (rules.whole !== undefined && product?.touchesEdge) {
    findings.push({
      rule: 'cut_off',
      required: rules.whole.required,
      detail: 'The product reaches the edge of the picture.',
    });
  }
  if (rules.noBorder !== undefined && frame > 0) {
    const detail = `A frame is drawn around the picture, ${(100 * frame).toFixed(1)} % of its shorter side wide.`;
    findings.push({ rule: 'border', required: rules.noBorder.required, detail });
  }
  return findings;
}

function backgroundFault(
  { colour, even, white }: Observation['background'],
  transparent: boolean,
  mayBeTransparent: boolean,
): string | null {
  if (transparent) return mayBeTransparent ? null : 'The background is transparent, not pure white.';
  if (even < EVEN) return 'The background is not of one colour, let alone pure white.';
  if (Math.min(...colour) < 254) return `The background is not pure white but about rgb(${colour.join(', ')}).`;
  return white < WHITE ? `${(100 * (1 - white)).toFixed(1)} % of the background are not pure white.` : null;
}
