import { continueTrace, formatTrace, traceIdOf } from './tracing';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const valid = `00-${TRACE}-${SPAN}-01`;

describe('a trace', () => {
  it('goes on under a span of our own, with the state of the caller', () => {
    const trace = continueTrace(valid, 'congo=t61rcWkgMzE');
    expect(trace).toMatchObject({ traceId: TRACE, sampled: true, state: 'congo=t61rcWkgMzE' });
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(SPAN);
    expect(formatTrace(trace)).toBe(`00-${TRACE}-${trace.spanId}-01`);
  });

  it('keeps the decision not to be recorded, and no flag that we do not know', () => {
    expect(continueTrace(`00-${TRACE}-${SPAN}-00`).sampled).toBe(false);
    expect(formatTrace(continueTrace(`00-${TRACE}-${SPAN}-ff`))).toMatch(/-01$/);
    expect(formatTrace(continueTrace(`00-${TRACE}-${SPAN}-fe`))).toMatch(/-00$/);
  });

  it.each([
    ['of a later version', `cc-${TRACE}-${SPAN}-01`],
    ['of a later version with more fields', `cc-${TRACE}-${SPAN}-01-what-the-future-brings`],
  ])('goes on from a header %s', (_, header) => {
    expect(continueTrace(header)).toMatchObject({ traceId: TRACE, sampled: true });
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['upper case', valid.toUpperCase()],
    ['more fields than version 00 has', `${valid}-00`],
    ['a later version that is longer without a dash', `cc-${TRACE}-${SPAN}-01x`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['two headers in one', `${valid}, ${valid}`],
    ['a line break', `${valid}\n`],
  ])('begins anew with %s, without the state of the caller', (_, header) => {
    const trace = continueTrace(header, 'congo=t61rcWkgMzE');
    expect(trace).toMatchObject({ sampled: false, state: null });
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.traceId).not.toBe(TRACE);
    expect(formatTrace(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('does not pass on a state too long for a header', () => {
    expect(continueTrace(valid, `a=${'x'.repeat(2000)}`)).toMatchObject({ traceId: TRACE, state: null });
  });

  it('is known by its id from what was stored', () => {
    expect(traceIdOf(valid)).toBe(TRACE);
    expect(traceIdOf(null)).toBeUndefined();
  });
});
