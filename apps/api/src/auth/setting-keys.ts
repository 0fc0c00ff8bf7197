import { createHash } from 'node:crypto';
import { DEFAULT_TENANT, type Scope } from '@packshot/contracts';
import type { Principal } from '../http/principal';

/** A tenant's name, an equals sign, and a key; a lone key may end in equals signs, as base64 does. */
const NAMED = /^([^=]+)=([^=].*)$/;

/** The keys of a setting: each `key` or `tenant=key`. */
export function readSettingKeys(words: readonly string[]): { tenant: string; key: string }[] {
  return words.map((word) => {
    const [, tenant = DEFAULT_TENANT, key = word] = NAMED.exec(word) ?? [];
    return { tenant, key };
  });
}

const digest = (key: string) => createHash('sha256').update(key).digest('hex');

/** Finds who a key of the settings is for. It is compared by its hash, so that timing tells nothing of the key. */
export function settingKeys(config: { API_KEYS: readonly string[]; ADMIN_KEYS: readonly string[] }) {
  const principals = new Map<string, Principal>();
  const add = (words: readonly string[], scopes: readonly Scope[]) => {
    for (const { tenant, key } of readSettingKeys(words)) {
      principals.set(digest(key), {
        tenant,
        keyId: null,
        scopes: new Set(scopes),
        sandbox: key.startsWith('sandbox_'),
        rates: { requests: null, megapixels: null },
      });
    }
  };
  add(config.API_KEYS, ['submit', 'read']);
  add(config.ADMIN_KEYS, ['submit', 'read', 'admin']);
  return (key: string): Principal | null => principals.get(digest(key)) ?? null;
}
