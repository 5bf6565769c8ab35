/** What the pages show and no test can run here, each with its reason. The test fails for one that is gone. */

const SERVICE =
  'writes a service of whoever runs the test: client/service/service.test.ts runs it in a home of its own';
const BUILD = 'builds or installs the whole package: test/packed does so';
const WEBUI = 'clones and builds aw-webui from the network: seen once, with the versions that the page names';
const ROOT = 'wants root, and systemd: test/systemd.test.ts reads the unit';
const DOCKER = 'wants a container engine: test/docker/ runs the steps of the Dockerfile, and reads the compose files';
const POSTGRES = 'wants PostgreSQL, and makes a role: test/postgres/sql-roles.test.ts';
const PROXIES = 'is a file of the proxy: test/proxies/ runs it';
const CLUSTER = 'is a part of a file of the cluster: test/ha/ runs one with these settings';
const CELLS = 'two servers and a proxy between them; test/stories/processes-moved.test.ts moves between two';
const REINSTALLED = 'wants a computer that lost its state: test/stories/processes-reinstalled.test.ts';

/**
 * A line of a block of commands; of any other block its first line, which stands for all of it. What ends in ` …` is
 * each line that begins so.
 */
export const NOT_RUN: readonly (readonly [page: string, line: string, why: string])[] = [
  ['README.md', 'npm test', 'runs this test too'],
  [
    'README.md',
    'npx --yes https://kt.example.org/client/kt-client.tgz login https://kt.example.org',
    'waits for a person: test/stories/device-login.test.ts',
  ],
  ['docs/getting-started.md', 'npm start -- --host 0.0.0.0', 'opens a port to other machines: welcome.test.ts'],
  ['docs/getting-started.md', 'kt-client service install', SERVICE],
  ['docs/kt-client.md', 'kt-client service install', SERVICE],
  ['docs/kt-client.md', 'kt-client service status', SERVICE],
  ['docs/kt-client.md', 'kt-client service uninstall', SERVICE],
  ['docs/kt-client.md', 'kt-client setup --reclaim laptop', REINSTALLED],
  ['docs/kt-client.md', 'kt-client setup --new-device', REINSTALLED],
  ['docs/kt-client.md', 'kt-client setup --same-device', REINSTALLED],
  ['docs/scaling.md', 'bootstrap:', CLUSTER],
  ['docs/scaling.md', 'listen primary', CLUSTER],
  ['docs/scaling.md', 'kt-server accounts move …', CELLS],
  ['docs/scaling.md', 'frontend https', CELLS],
  ['docs/sql.md', 'kt-server sql-role grafana --email you@example.org', POSTGRES],
  ['docs/self-hosting.md', 'npm run build', BUILD],
  ['docs/self-hosting.md', 'npm pack --ignore-scripts', BUILD],
  ['docs/self-hosting.md', 'npm install -g kt-sync-kt-server-VERSION.tgz', BUILD],
  ['docs/self-hosting.md', 'npx kt-client setup --reclaim laptop', REINSTALLED],
  ['docs/self-hosting.md', 'npx kt-client setup --new-device', REINSTALLED],
  [
    'docs/self-hosting.md',
    'npx kt-server trash restore --email you@example.org --bucket aw-watcher-window_laptop',
    'wants something in the trash: test/server-cli/trash.test.ts',
  ],
  [
    'docs/backup.md',
    'npx kt-server restore kt.backup --data-dir /srv/kt',
    'writes outside the test: test/backup/ restores to folders of its own',
  ],
  [
    'docs/backup.md',
    'npx kt-server move --to postgres://kt@localhost/kt',
    'wants a PostgreSQL of that name: test/backup/ has one',
  ],
  ['docs/backup.md', 'npx kt-server --data-dir /tmp/drill --port 5701', 'is another server: test/backup/ starts it'],
  ['docs/backup.md', 'npx kt-server restore kt.backup --data-dir /tmp/drill', 'writes outside the test: test/backup/'],
  ['docs/sign-in.md', 'identity_providers:', 'is a file of Authelia: not tried, as the page says'],
  ['docs/operating.md', 'scrape_configs:', 'is a file of Prometheus'],
  ['docs/self-hosting.md', 'sudo …', ROOT],
  ['docs/self-hosting.md', 'echo KT_SERVER_PUBLIC_URL=https://kt.example.org | sudo …', ROOT],
  ['docs/self-hosting.md', 'journalctl …', ROOT],
  ['docs/self-hosting.md', 'docker …', DOCKER],
  ['docs/self-hosting.md', 'cp .env.example .env', DOCKER],
  ['docs/proxies.md', 'server {', PROXIES],
  ['docs/proxies.md', 'kt.example.org {', PROXIES],
  ['docs/proxies.md', 'example.org {', PROXIES],
  ['docs/proxies.md', 'entryPoints:', PROXIES],
  ['docs/proxies.md', 'http:', PROXIES],
  ['docs/activitywatch-autostart.md', 'node ~/kt-server/client/bin.js service install', SERVICE],
  ['docs/activitywatch-autostart.md', 'node ~/kt-server/client/bin.js service status', SERVICE],
  ['docs/activitywatch-autostart.md', 'node ~/kt-server/client/bin.js service uninstall', SERVICE],
  [
    'docs/activitywatch-autostart.md',
    'node ~/kt-server/client/bin.js daemon --config ~/second.toml',
    'is the daemon of a second aw-server: docs/kt-client.md has the first one run',
  ],
  [
    'docs/activitywatch-autostart.md',
    'cp dist/executables/kt-client-*-linux-x64 ~/.local/bin/kt-client',
    'wants an executable: test/packed/executable.test.ts makes one and runs it',
  ],
  ['docs/activitywatch-autostart.md', 'kt-client service install', SERVICE],
  ['docs/activitywatch-autostart.md', 'codesign …', 'is of macOS'],
  ['docs/activitywatch-autostart.md', 'xattr …', 'is of macOS'],
  ['docs/activitywatch-autostart.md', '[autostart]', 'is a file of aw-tauri'],
  ['docs/activitywatch-autostart.md', '[aw-qt]', 'is a file of aw-qt'],
  ['docs/aw-webui.md', 'git clone --recurse-submodules https://github.com/ActivityWatch/aw-webui.git', WEBUI],
  ['docs/aw-webui.md', 'cd aw-webui', WEBUI],
  ['docs/aw-webui.md', 'git checkout 71087a2', WEBUI],
  ['docs/aw-webui.md', 'npm ci --ignore-scripts', WEBUI],
  ['docs/aw-webui.md', '(cd node_modules/pinia/node_modules/vue-demi && node scripts/postinstall.js)', WEBUI],
  ['docs/aw-webui.md', '(cd node_modules/@pinia/testing/node_modules/vue-demi && node scripts/postinstall.js)', WEBUI],
  ['docs/aw-webui.md', 'mkdir -p static && cp media/logo/logo.* static/', WEBUI],
  ['docs/aw-webui.md', 'npm run build', WEBUI],
];
