/** What the settings say of a provider of OpenID Connect. */
import type { SignInPolicy, SignUp } from '../../resolvers/provider-sign-up.ts';

/** How the server proves itself to the provider. `auto`: as the provider's discovery says. */
type AuthMethod = 'auto' | 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'none';

/** What server/config.ts reads of a provider. */
type Config = {
  readonly publicUrl: string;
  readonly webuiAtRoot: boolean;
  readonly localLogin: boolean;
  readonly oidcIssuer: string;
  readonly oidcClientId: string;
  readonly oidcClientSecret: string;
  readonly oidcAuthMethod: AuthMethod;
  readonly oidcAlgorithm: string;
  readonly oidcScopes: readonly string[];
  readonly oidcSignup: SignUp;
  readonly oidcClaim: string;
  readonly oidcClaimValues: readonly string[];
  readonly oidcName: string;
};

export type OidcSettings = {
  readonly issuer: URL;
  readonly clientId: string;
  /** The empty text: the client has none. */
  readonly clientSecret: string;
  readonly authMethod: AuthMethod;
  /** The algorithm of ID tokens; the empty text: any that the provider's discovery names. */
  readonly algorithm: string;
  readonly scopes: readonly string[];
  /** The claim that whoever signs in must have, and the values of which it must have one; null: none. */
  readonly claim: { readonly name: string; readonly values: readonly string[] } | null;
  readonly policy: SignInPolicy;
  /** Where the provider sends the browser back to: it has to know exactly this. */
  readonly redirectUri: string;
  /** The same for one that has signed out there. */
  readonly signedOutUri: string;
};

/** Where a provider is found, whether its discovery document was named or it itself. */
const issuerOf = (text: string): URL => new URL(text.replace(/\/\.well-known\/openid-configuration\/?$/, ''));

/** A provider's name in the database: people and providers write a slash at its end, or none. */
export const issuerName = (text: string): string => issuerOf(text).href.replace(/\/$/, '');

/** The redirect URI, by where browsers find the server. */
const redirectUriOf = (publicUrl: string): string => `${publicUrl.replace(/\/$/, '')}/auth/oidc/callback`;

/** Null where no provider is set. */
export const oidcSettings = (config: Config): OidcSettings | null => {
  if (config.oidcIssuer === '') return null;
  const issuer = issuerOf(config.oidcIssuer);
  const root = config.publicUrl.replace(/\/$/, '');
  return {
    issuer,
    clientId: config.oidcClientId,
    clientSecret: config.oidcClientSecret,
    authMethod: config.oidcAuthMethod,
    algorithm: config.oidcAlgorithm,
    scopes: [...new Set(['openid', ...config.oidcScopes])],
    claim: config.oidcSignup === 'claim' ? { name: config.oidcClaim, values: config.oidcClaimValues } : null,
    policy: { name: config.oidcName || issuer.host, signup: config.oidcSignup, localLogin: config.localLogin },
    redirectUri: redirectUriOf(root),
    signedOutUri: `${root}/${config.webuiAtRoot ? 'dashboard/' : ''}sign-in`,
  };
};
