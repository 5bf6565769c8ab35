import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, putAndUse, textAt, type Manager, type Program, type Run, type Where } from './manager.ts';

const LABEL = 'kt-client';
/** How long a daemon may take to end, which has 5 s for it, and how often to look, in ms. */
const STOP_MS = 8_000;
const LOOK_MS = 200;

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const string = (text: string): string => `<string>${escaped(text)}</string>`;

/**
 * The property list. `SuccessfulExit` false: a daemon that exits with 0 was told to stop, and is not restarted until
 * the next login.
 */
export const plistText = ({ command, env }: Program, log: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by kt-client: its command \`service uninstall\` takes it away. -->
<plist version="1.0">
<dict>
  <key>Label</key>${string(LABEL)}
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    ${string(word)}`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(env)
  .map(([name, value]) => `    <key>${escaped(name)}</key>${string(value)}\n`)
  .join('')}  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>30</integer>
  <key>StandardErrorPath</key>${string(log)}
</dict>
</plist>
`;

/** launchd's domain of the logged-in user. */
export const makeLaunchd = ({ home }: Where, run: Run, uid: number): Manager => {
  const path = join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  const log = join(home, 'Library', 'Logs', 'kt-client.log');
  const domain = `gui/${uid}`;
  const service = `${domain}/${LABEL}`;
  /** Stops it. launchctl may return before it ended, and refuses to start another until then. */
  const stop = async (): Promise<void> => {
    await run('launchctl', ['bootout', service]);
    for (let waited = 0; waited < STOP_MS && (await run('launchctl', ['print', service])).ok; waited += LOOK_MS)
      await sleep(LOOK_MS);
  };
  return {
    name: 'launchd',
    path,
    logHint: `tail -f ${log}`,
    isThere: async () => (await run('launchctl', ['print', domain])).ok,
    async install(program) {
      const before = await textAt(path);
      const use = async () => {
        await stop(); // a loaded service does not read its file again
        await must(run, 'launchctl', 'bootstrap', domain, path);
      };
      const settle = async () => {
        if (before !== null) await run('launchctl', ['bootstrap', domain, path]);
      };
      await putAndUse(path, plistText(program, log), use, settle);
    },
    async uninstall() {
      if ((await textAt(path)) === null) return false;
      await stop();
      await rm(path, { force: true });
      return true;
    },
    async status() {
      const installed = (await textAt(path)) !== null;
      const { ok, output } = await run('launchctl', ['print', service]);
      const state = /^\s*state = (.*)$/m.exec(output)?.[1] ?? 'not loaded';
      return { installed, running: ok && state === 'running', detail: state };
    },
  };
};
