import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../cli/version.ts';
import { CLIENT_VERSION, SERVER_VERSION } from '../domain/versions.ts';
import { withVersions } from './versions.ts';

/** What a client of that version is answered, and how often it came through to GraphQL. */
const ask = async (client: string | null) => {
  let came = 0;
  const answer = withVersions(async () => (came++, Response.json({ data: {} })));
  const headers = new Headers(client === null ? [] : [[CLIENT_VERSION, client]]);
  const response = await answer(new Request('http://kt/graphql', { method: 'POST', headers }));
  return { response, came };
};

const versions = suite('the versions that kt-server is told, and tells');

versions('keep nobody out but a client that is too old, which is told so', async () => {
  for (const client of [null, VERSION, '99.0.0', '0.2.0', 'no version', '9'.repeat(5_000)]) {
    const { response, came } = await ask(client);
    assert.equal([response.status, came, response.headers.get(SERVER_VERSION)], [200, 1, VERSION], String(client));
  }
  for (const old of ['0.1.0', '0.2.0-alpha', '0.0.0']) {
    const { response, came } = await ask(old);
    assert.equal([response.status, came, response.headers.get(SERVER_VERSION)], [400, 0, VERSION]);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: unknown }[] };
    assert.ok(errors[0]!.message.startsWith(`kt-client ${old} is too old for this kt-server, `), errors[0]!.message);
    assert.match(errors[0]!.message, /: renew it by `npm install -g .*\/client\/kt-client\.tgz`$/);
    assert.equal(errors[0]!.extensions, { code: 'UNSUPPORTED', clientTooOld: true });
  }
});

versions.run();
