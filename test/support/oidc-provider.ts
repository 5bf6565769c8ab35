/** A provider of OpenID Connect in this process: oidc-provider, which signs in whom a test says, and asks nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';

// It tells of every default that a real provider must not have.
for (const level of ['info', 'warn'] as const) {
  const print = console[level];
  console[level] = (...args: unknown[]) => {
    if (!String(args[0]).includes('oidc-provider ')) print(...args);
  };
}

type Account = Readonly<Record<string, unknown>> & { readonly sub: string };

export type TestProvider = {
  readonly issuer: string;
  /** Who signs in next; null: they say no. */
  account: Account | null;
  /** Answers every request so instead, while it is set; counted all the same. */
  broken: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  /** The paths that were asked for. */
  readonly asked: string[];
  /** A browser's cookies there. */
  readonly cookies: Map<string, string>;
  /** Follows a browser from this address until it leaves for another origin; returns where to. */
  visit(url: string): Promise<string>;
  /** The same for a page that asks for a click: submits its form. */
  submit(url: string, form: Record<string, string>): Promise<string>;
  close(): Promise<void>;
};

export const CLIENT: ClientMetadata = {
  client_id: 'kt',
  client_secret: 'a secret of thirty-two characters',
  redirect_uris: ['https://kt.example.org/auth/oidc/callback'],
  post_logout_redirect_uris: ['https://kt.example.org/sign-in'],
  grant_types: ['authorization_code'],
  response_types: ['code'],
};

export const openProvider = async (
  clients: readonly ClientMetadata[] = [CLIENT],
  more: Configuration = {},
): Promise<TestProvider> => {
  const scene = { account: null, broken: null } as Pick<TestProvider, 'account' | 'broken'>;
  const asked: string[] = [];
  const cookies = new Map<string, string>();
  const accounts = new Map<string, Account>();
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => {
    asked.push((request.url ?? '').replace(/\?.*/s, ''));
    if (scene.broken) scene.broken(request, response);
    else handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [...clients],
    cookies: { keys: ['a key of this test'] },
    claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['groups', 'realm_access'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    pkce: { required: () => true },
    findAccount: async (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: async () => ({ ...accounts.get(sub), sub }),
    }),
    // Nobody is asked whether the server may know them.
    loadExistingGrant: async (ctx: any) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    ...more,
  } as Configuration);
  const callback = provider.callback();
  handle = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
    const { account } = scene;
    if (account) accounts.set(account.sub, account);
    const result = account ? { login: { accountId: account.sub } } : { error: 'access_denied' };
    provider
      .interactionFinished(request, response, result, { mergeWithLastSubmission: false })
      .catch((error: Error) => {
        response.writeHead(500).end(error.message);
      });
  };

  const ask = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  const follow = async (first: Response, url: string): Promise<string> => {
    let [response, at] = [first, url];
    for (let n = 0; n < 10; n++) {
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${response.status} at ${at}: ${(await response.text()).slice(0, 1_000)}`);
      at = new URL(location, at).href;
      if (!at.startsWith(issuer)) return at;
      response = await ask(at);
    }
    throw new Error(`it goes round and round at ${at}`);
  };
  return Object.assign(scene, {
    issuer,
    asked,
    cookies,
    visit: async (url: string) => follow(await ask(url), url),
    submit: async (url: string, form: Record<string, string>) =>
      follow(await ask(url, { method: 'POST', body: new URLSearchParams(form) }), url),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
};
