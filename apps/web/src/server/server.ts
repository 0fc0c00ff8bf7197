import type { Pipeline } from '@packshot/contracts';
import { Packshot } from '@packshot/sdk';
import { createContext, useContext } from 'react';

/** The server that this page came from, as whom the user is. */
export interface Server {
  /** Without a trailing slash. */
  base: string;
  apiKey: string | null;
  packshot: Packshot;
}

export interface Preset {
  name: string;
  description: string;
  note: string | null;
  pipeline: Pipeline;
}

const KEY = 'packshot.api-key';

/** Kept as long as the tab is, and not shared with others. */
export const savedKey = {
  read: () => sessionStorage.getItem(KEY),
  write: (key: string | null) => (key === null ? sessionStorage.removeItem(KEY) : sessionStorage.setItem(KEY, key)),
};

export function connect(apiKey: string | null): Server {
  const base = location.origin + location.pathname.replace(/\/studio\/?$/, '');
  return { base, apiKey, packshot: new Packshot({ baseUrl: base, apiKey: apiKey ?? undefined, maxRetries: 2 }) };
}

export async function fetchPresets({ base }: Server): Promise<Preset[]> {
  const response = await fetch(`${base}/presets`);
  if (!response.ok) throw new Error(`${response.status}`);
  return ((await response.json()) as { presets: Preset[] }).presets;
}

const ServerContext = createContext<Server | null>(null);
export const ServerProvider = ServerContext.Provider;

export function useServer(): Server {
  const server = useContext(ServerContext);
  if (server === null) throw new Error('There is no ServerProvider above.');
  return server;
}
