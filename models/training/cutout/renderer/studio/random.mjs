/** A small seeded generator, so that any sample can be made again from its seed. */
export class Random {
  constructor(seed) {
    this.state = Math.imul(seed, 2654435761) >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.unit();
  }

  /** Uniform in [0, 1): mulberry32. */
  unit() {
    this.state += 0x6d2b79f5;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low, high) {
    return low + (high - low) * this.unit();
  }

  /** A whole number in low..high, both included. */
  integer(low, high) {
    return Math.floor(this.between(low, high + 1));
  }

  chance(probability) {
    return this.unit() < probability;
  }

  pick(list) {
    return list[Math.floor(this.unit() * list.length)];
  }

  /** Standard normal, by Box and Muller. */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** A key of `weights`, each as likely as its weight says. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left <= 0) return key;
    }
    return entries[0][0];
  }
}
