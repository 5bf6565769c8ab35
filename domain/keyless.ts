/** Settings that are refused on a server that asks for no key (KT_SERVER_AUTH=none). */
import { KtError } from './errors.ts';
import { isLoopback } from './loopback.ts';
import { admitAnybody } from './origins.ts';

/** The settings that decide who can reach the server, as server/config.ts reads them. */
export type Reach = {
  readonly host: string;
  readonly publicUrl: string;
  readonly trustProxy: boolean;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
};

/**
 * Without keys, whoever reaches the server can do everything, so only programs on this machine may reach it. Fails with
 * `invalid`.
 */
export const checkKeyless = ({ host, publicUrl, trustProxy, allowedHosts, corsOrigins }: Reach): void => {
  const refuse = (fault: string): never => {
    throw new KtError('invalid', `KT_SERVER_AUTH=none ${fault}, or use keys`);
  };
  if (!isLoopback(host)) refuse(`lets everybody in who reaches ${host}: listen on 127.0.0.1`);
  const atHome = publicUrl === '' || isLoopback(new URL(publicUrl).hostname);
  if (!atHome) refuse(`lets everybody in who reaches ${publicUrl}: set no KT_SERVER_PUBLIC_URL`);
  if (trustProxy) refuse('lets everybody in whom a proxy passes on: set no KT_SERVER_TRUST_PROXY');
  const other = allowedHosts.find((name) => !isLoopback(name));
  if (other !== undefined) refuse(`lets everybody in who calls the server ${other}: set no KT_SERVER_ALLOWED_HOSTS`);
  if (admitAnybody(corsOrigins)) {
    refuse('lets every page read everything with KT_SERVER_CORS_ORIGINS=*: name the pages that may');
  }
};
