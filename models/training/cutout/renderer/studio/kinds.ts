/** Kinds of products, each as likely as its weight says. */
export const KINDS = { person: 40, asset: 18, thin: 18, solid: 14, animal: 10 };

export type Kind = keyof typeof KINDS;

export const isKind = (name: string): name is Kind => Object.hasOwn(KINDS, name);
