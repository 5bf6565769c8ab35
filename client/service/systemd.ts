import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KtError } from '../../domain/errors.ts';
import { must, putAndUse, textAt, type Manager, type Program, type Run, type Where } from './manager.ts';

const UNIT = 'kt-client.service';

/** A word in systemd's syntax: quoted, with `%` and `$` escaped. */
const quoted = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')}"`;
/** In `Environment=` a `$` has no special meaning. */
const assignment = (name: string, value: string): string =>
  `"${name}=${value.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%')}"`;

/** The unit file. Exit code 2 means wrong settings: a restart would not help. */
export const unitText = ({ command, env }: Program): string =>
  [
    '# Written by kt-client: its command `service uninstall` takes it away.',
    '[Unit]',
    'Description=kt-client: syncs ActivityWatch with kt-server',
    '',
    '[Service]',
    `ExecStart=${command.map(quoted).join(' ')}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${assignment(name, value)}`),
    'Restart=on-failure',
    'RestartSec=30',
    'RestartPreventExitStatus=2',
    'TimeoutStopSec=10',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');

/** systemd's manager for this user. */
export const makeSystemd = ({ home }: Where, run: Run): Manager => {
  const path = join(home, '.config', 'systemd', 'user', UNIT);
  const systemctl = (...args: string[]) => must(run, 'systemctl', '--user', ...args);
  const isThere = async () => (await run('systemctl', ['--user', 'show-environment'])).ok;
  const quietly = async (...args: string[]) => void (await run('systemctl', ['--user', ...args]));
  return {
    name: 'systemd',
    path,
    logHint: 'journalctl --user -u kt-client -f',
    isThere,
    async install(program) {
      if (!(await isThere()))
        throw new KtError(
          'unavailable',
          'no systemd of this user answers here: let ActivityWatch start kt-client instead ' +
            '(docs/activitywatch-autostart.md)',
        );
      const before = await textAt(path);
      const use = async () => {
        await systemctl('daemon-reload');
        await systemctl('enable', UNIT);
        await systemctl('restart', UNIT);
      };
      const settle = async () => {
        if (before === null) await quietly('disable', '--now', UNIT);
        await quietly('daemon-reload');
        if (before !== null) await quietly('restart', UNIT);
      };
      await putAndUse(path, unitText(program), use, settle);
    },
    async uninstall() {
      if ((await textAt(path)) === null) return false;
      await quietly('disable', '--now', UNIT);
      await rm(path, { force: true });
      await quietly('daemon-reload');
      return true;
    },
    async status() {
      const installed = (await textAt(path)) !== null;
      const { ok, output } = await run('systemctl', ['--user', 'is-active', UNIT]);
      return { installed, running: installed && ok, detail: output.trim().split('\n', 1)[0]! };
    },
  };
};
