import type { Scope } from '@packshot/contracts';
import type { Response } from 'express';

/** Who asks. Everything a request reads or makes belongs to its tenant. */
export interface Principal {
  tenant: string;
  /** Of a key made with `POST /keys`; null for a key of the settings, a token, or nothing at all. */
  keyId: string | null;
  scopes: ReadonlySet<Scope>;
  /** Results get a watermark and cost nothing. */
  sandbox: boolean;
  /** Per minute; null: as the settings say. */
  rates: { requests: number | null; megapixels: number | null };
}

/** Who asks, as the guard found out; only for endpoints that have a scope. */
export function principalOf(response: Response): Principal {
  const principal = response.locals.principal as Principal | undefined;
  if (!principal) throw new Error('an open endpoint has no principal');
  return principal;
}

/** Whose records a request may see; null: everybody's. */
export function visibleTenant(response: Response): string | null {
  const { tenant, scopes } = principalOf(response);
  return scopes.has('admin') ? null : tenant;
}
