import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLIENT_VERSION, SERVER_VERSION } from '../../domain/versions.ts';
import { openCliTrial } from '../testing/cli-context.ts';
import { makeRemoteServer } from './remote-server.ts';

const INFO = { info: { hostname: 'h', version: 'v', deviceId: 'd' } };

/** What a client of version 1.2.3 makes of a server that answers so, and which versions either was told. */
const ask = async (answer: Response) => {
  const told: (string | null)[] = [];
  const heard: string[] = [];
  const remote = makeRemoteServer({
    url: 'https://kt.example/',
    apiKey: 'kt_k',
    retries: 0,
    versions: { own: '1.2.3', heard: (version) => heard.push(version) },
    fetch: async ({ headers }) => (told.push(headers.get(CLIENT_VERSION)), answer),
  });
  const outcome = await remote.info().catch((error: Error & { code?: string }) => `${error.code}: ${error.message}`);
  return { outcome, told, heard };
};
const answering = (version: string | null, body: unknown = { data: INFO }, status = 200): Response =>
  Response.json(body, { status, headers: version === null ? {} : { [SERVER_VERSION]: version } });

const versions = suite('the versions that kt-client and kt-server tell each other');

versions('go with each request and answer, and a server that tells none may be any', async () => {
  assert.equal(await ask(answering('1.3.0')), { outcome: INFO.info, told: ['1.2.3'], heard: ['1.3.0'] });
  assert.equal(await ask(answering(null)), { outcome: INFO.info, told: ['1.2.3'], heard: [] });
  const long = await ask(answering('9'.repeat(201)));
  assert.equal([long.outcome, long.heard], [INFO.info, []]);
});

versions('that can’t work together are told with what to do, by either side', async () => {
  const { outcome } = await ask(answering('0.0.0-alpha'));
  assert.match(String(outcome), /^unsupported: the kt-server at https:\/\/kt\.example is 0\.0\.0-alpha, too old/);
  const message = 'kt-client 1.2.3 is too old: renew it by `npm install -g THE-ADDRESS-OF-THIS-SERVER/client`';
  const refusal = { errors: [{ message, extensions: { code: 'UNSUPPORTED', clientTooOld: true } }] };
  assert.is(
    (await ask(answering('9.0.0', refusal, 400))).outcome,
    'unsupported: kt-client 1.2.3 is too old: renew it by `npm install -g https://kt.example/client`',
  );
});

versions('are compared after a command: an older client says once, on stderr, how to renew it', async () => {
  let version = '9.0.0';
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', [SERVER_VERSION]: version });
    response.end(
      JSON.stringify({
        data: { ...INFO, devices: [], viewer: { email: 'e', access: { scope: 'FULL', deviceId: null } } },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cli = openCliTrial({});
  try {
    const env = {
      KT_CLIENT_REMOTE_URL: url,
      KT_CLIENT_API_KEY: 'kt_k',
      KT_CLIENT_LOCAL_PORT: '9',
      KT_CLIENT_CONFIG: '',
    };
    const run = () => cli.run('doctor --json', { env: { ...env, XDG_CONFIG_HOME: cli.home } });
    const older = await run();
    assert.is(
      older.err,
      `kt-client: note that kt-client 1.2.3 is older than the kt-server at ${url}, which is 9.0.0: ` +
        `renew it by \`npm install -g ${url}/client/kt-client.tgz\`\n`,
    );
    JSON.parse(older.out);
    version = '1.2.3';
    assert.is((await run()).err, '');
  } finally {
    cli.close();
    server.close();
    server.closeAllConnections();
  }
});

versions.run();
