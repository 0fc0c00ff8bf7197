const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest runs tests in a realm of their own, but native add-ons and Node's core make their values in the outer one, so
 * `instanceof` fails on them: ONNX Runtime refuses its own output tensors, and an `fs` error is no `Error`.
 */
const SHARED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

const ERRORS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'URIError', 'EvalError'];

const isInstance = Function.prototype[Symbol.hasInstance];

module.exports = class RealmSharingEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
    for (const name of ERRORS) this.acceptBothRealms(this.global[name], globalThis[name]);
  }

  // Errors cannot simply be shared: what the engine itself throws inside the test realm is made by that realm.
  acceptBothRealms(inner, outer) {
    Object.defineProperty(inner, Symbol.hasInstance, {
      // Subclasses inherit this function; for them the ordinary rule holds.
      value(value) {
        return isInstance.call(this, value) || (this === inner && value instanceof outer);
      },
    });
  }
};
