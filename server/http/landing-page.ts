/**
 * The page at `/` when no web UI is configured. It loads nothing from elsewhere. `address` is the server's URL for the
 * reader, for lines to paste, without a slash at its end.
 */
export const landingPage = (address: string): string => page(address, below(address));

/**
 * What the page's links begin with. In a folder, that folder: a proxy may serve the page at `/kt` as well as at `/kt/`,
 * where relative links would go elsewhere. At a root nothing: a proxy may have taken a folder off that nobody told us.
 */
const below = (address: string): string => {
  const { pathname } = new URL(address);
  return pathname === '/' ? '' : `${pathname}/`;
};

const page = (address: string, base: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>kt-server</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  code { font-size: 0.95em }
  dt { font-weight: 600; margin-top: 0.75rem }
  dd { margin: 0 }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
</style>
<h1>kt-server</h1>
<p>This is a sync server for <a href="https://activitywatch.net">ActivityWatch</a>: it keeps the activity of all your
devices in one place. Everything but this page and the descriptions below asks for an API key;
<code>kt-server generate-key --email YOU</code> makes one.</p>
<p>On each device that runs ActivityWatch, with Node ≥ 20.19, set up the client that this server hands out; the second
line keeps it there, and later brings it to the server’s version:</p>
<pre><code>npx --yes ${address}/client/kt-client.tgz setup --url ${address} --api-key KEY
npm install -g ${address}/client/kt-client.tgz</code></pre>
<dl>
  <dt><a href="${base}graphql">/graphql</a></dt>
  <dd>GraphQL, and in a browser GraphiQL: the playground, with the docs of every type.</dd>
  <dt><a href="${base}api/0/openapi.json">/api/0/openapi.json</a></dt>
  <dd>The docs of <code>/api/0</code>, which is aw-server’s own REST API: existing ActivityWatch tools work here with a
    key added.</dd>
  <dt><a href="${base}health">/health</a> and <a href="${base}ready">/ready</a></dt>
  <dd>Whether the server is alive, and whether its database answers.</dd>
</dl>
<p>The rest of the docs lies in the project’s folder <code>docs/</code>. To see your activity here, build
<a href="https://github.com/ActivityWatch/aw-webui">aw-webui</a> and start
<code>kt-server --webui aw-webui/dist</code>.</p>
</html>
`;
