/** How people sign in by OpenID Connect: whether the provider is there, and what it has to know. */
import { ok, problem, warn, type Finding } from '../../cli/finding.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { oidcSettings } from '../sign-in/oidc/settings.ts';
import type { Facts } from './facts.ts';

export const judgeProvider = ({ provider, config }: Facts): Finding[] => {
  const about = 'OpenID Connect';
  const settings = oidcSettings(config);
  if (settings === null || provider === null) return [];
  const { issuer, redirectUri } = settings;
  const register = `its redirect URI for this server is ${redirectUri}`;
  if ('error' in provider)
    return [
      problem(
        about,
        `${issuer.href} can not be used: ${provider.error}`,
        `does it run, is KT_SERVER_OIDC_ISSUER its issuer, and can this computer reach it? Then ${register}`,
      ),
    ];
  const isPlain = issuer.protocol === 'http:' && !isLoopback(issuer.hostname);
  return isPlain
    ? [
        warn(
          about,
          `${issuer.href} is not https: whoever is on the way can sign in as anybody; ${register}`,
          'use https for the provider',
        ),
      ]
    : [ok(about, `${issuer.href} answers; ${register}`)];
};
