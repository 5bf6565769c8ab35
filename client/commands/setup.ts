import { plain } from '../../cli/terminal.ts';
import { Command, Option } from 'clipanion';
import { ConfigError, readConfig, type LoadedConfig } from '../config/config.ts';
import { writeConfigFile } from '../config/config-file.ts';
import { localUrl } from '../context.ts';
import type { Asker } from '../setup/prompts.ts';
import { installService, managerOf, stayFirst } from '../service/service.ts';
import { interview, type Answers } from '../setup/interview.ts';
import { settingsTree } from '../setup/settings-tree.ts';
import { decideDevice, whoIsThis, type Whose } from '../setup/which-device.ts';
import { askAw } from '../sync/identity/local-aw.ts';
import { checkKey, explain, KtCommand } from './kt-command.ts';

export class SetupCommand extends KtCommand {
  static override paths = [['setup']];
  static override usage = Command.Usage({
    description: 'connect this device to a kt-server',
    details: `
      Checks that the local aw-server and kt-server answer; then writes the configuration file, which only you can
      read. If either does not answer, nothing is changed. Without flags, on a terminal, it asks for what it can't find.

      After \`device_in_use\` (the state folder of this device was copied or restored) say which device this is:
      \`--new-device\` or \`--same-device\`.

      A computer that was reinstalled, or whose aw-server data came from a backup, has no state that tells which device
      it is. If the server already has its history, setup asks which device it is, and until that is answered
      \`kt-client sync\` sends nothing. \`--reclaim\` with the device's id (or its hostname, if no other device has
      the same) continues as that device; \`--new-device\` begins as a new one.
    `,
    examples: [
      ['Answer questions', '$0 setup'],
      ['Connect', '$0 setup --url https://kt.example --api-key kt_…'],
      ['With an aw-server at another port', '$0 setup --url https://kt.example --api-key kt_… --local-port 5666'],
      ['This computer was cloned from another', '$0 setup --new-device'],
      ['It was reinstalled, and was called laptop', '$0 setup --reclaim laptop'],
    ],
  });

  url = Option.String('--url', { description: 'the URL of kt-server' });
  apiKey = Option.String('--api-key', { description: 'the API key that `kt-server generate-key` printed' });
  localHost = Option.String('--local-host', { description: 'the host of the local aw-server (127.0.0.1)' });
  localPort = Option.String('--local-port', { description: 'the port of the local aw-server (5600)' });
  localApiKey = Option.String('--local-api-key', { description: 'the key of the local aw-server, if it asks for one' });
  newDevice = Option.Boolean('--new-device', false, {
    description: 'this is not the device that the state folder belongs to, but a new one',
  });
  sameDevice = Option.Boolean('--same-device', false, {
    description: 'this is still that device: continue from the last pass that the server saw',
  });
  reclaim = Option.String('--reclaim', {
    description: 'continue as this device of the server, named by its id or hostname',
  });

  override async execute(): Promise<number> {
    const decisions = [this.newDevice, this.sameDevice, this.reclaim !== undefined].filter(Boolean);
    if (decisions.length > 1)
      throw new ConfigError('--new-device, --same-device and --reclaim exclude each other: give one of them');
    const { asker } = this.context;
    if (asker && this.isToAsk()) return this.converse(asker);
    return this.connect(this.completeSettings(), this.whose(), true);
  }

  /** Asks without flags, or if they leave something out. */
  isToAsk(): boolean {
    if (this.whose() !== null) return false;
    const { url, api_key: key } = this.readSettings().config.remote;
    const flags = [this.url, this.apiKey, this.localHost, this.localPort, this.localApiKey];
    return !url || !key || flags.every((flag) => flag === undefined);
  }

  /** What the flags decide about the device. */
  whose(): Whose {
    if (this.newDevice) return 'new';
    if (this.sameDevice) return 'same';
    return this.reclaim === undefined ? null : { reclaim: this.reclaim };
  }

  async converse(asker: Asker): Promise<number> {
    const flags = { url: this.url, apiKey: this.apiKey, localPort: this.localPort, localApiKey: this.localApiKey };
    const settle = (answers: Answers) => {
      Object.assign(this, { ...flags, ...answers });
      return this.readSettings();
    };
    const said = await interview({ context: this.context, asker, settle, say: (text) => this.write(text) });
    if (!said) return this.leave();
    const code = await this.connect(settle(said.answers), said.whose, false);
    await this.offerService(asker, settle(said.answers).path);
    return code;
  }

  leave(): number {
    this.write('Nothing was changed.\n');
    return 1;
  }

  /** Checks both ends, writes the file, and says what to do next. `asks`: which device this is may still be open. */
  async connect(loaded: LoadedConfig, whose: Whose, asks: boolean): Promise<number> {
    const { config, path } = loaded;
    const remote = this.context.makeRemote(config, { retries: 0 });
    const local = await askAw(this.context.makeLocal(config));
    const server = await remote.info();
    const devices = await remote.devices();
    const decided =
      asks && whose === null
        ? await whoIsThis(this.context, config, remote, (text) => this.write(text))
        : { whose, open: null };
    if (decided.whose !== null) await decideDevice(this.context, config, remote, local, decided.whose);
    const flags = { host: this.localHost, port: this.localPort, apiKey: this.localApiKey };
    await writeConfigFile(path, settingsTree(loaded, flags));

    const others = devices.length === 1 ? '1 device' : `${devices.length} devices`;
    this.write(
      `kt-server ${plain(server.version)} at ${config.remote.url}: the key is valid, and the account has ${others}\n` +
        `aw-server ${plain(local.version)} at ${localUrl(config)}: host ${plain(local.hostname)}\n` +
        `Wrote ${path}\n\n` +
        `${decided.open === null ? 'Next: `kt-client sync`' : `Note that ${plain(decided.open)}`}\n`,
    );
    if (loaded.withheld.local !== null)
      this.write(
        `Note that ${plain(loaded.withheld.local)}: if this one asks for a key, give it with --local-api-key.\n`,
      );
    if (isOpenToAll(config.remote.url))
      this.write('Note that the key and your data travel unencrypted: use https unless the network is yours alone.\n');
    return 0;
  }

  /** Offers to start the daemon at login. If that fails, the setup is still complete. */
  async offerService(asker: Asker, path: string): Promise<void> {
    const { where, run } = this.context;
    if (!['linux', 'darwin', 'win32'].includes(where.platform)) return;
    if (where.npx !== null) return this.write(`To keep it in step by itself: ${stayFirst(where.npx)}\n`);
    const manager = managerOf(where, run);
    if (!(await manager.isThere()))
      return this.write(
        'To keep it in step by itself, run `kt-client daemon` or let ActivityWatch do so: ' +
          'docs/activitywatch-autostart.md\n',
      );
    if (!(await asker.yes(`Keep it in step by itself: start \`kt-client daemon\` at login, by ${manager.name}?`, true)))
      return;
    try {
      await installService(this.context, readConfig(this.context.env, { file: path }));
      this.write(`It runs now, and will at each login. Its log: ${manager.logHint}\n`);
    } catch (error) {
      this.context.stderr.write(`kt-client: ${explain(error)}\n`);
    }
  }

  /** The settings with the flags applied; the configuration file need not exist yet. */
  readSettings(): LoadedConfig {
    const flags = {
      'remote.url': this.url,
      'remote.api_key': this.apiKey,
      'local.host': this.localHost,
      'local.port': this.localPort,
      'local.api_key': this.localApiKey,
    };
    return readConfig(this.context.env, { file: this.configFile, mayBeMissing: true, flags });
  }

  completeSettings(): LoadedConfig {
    const loaded = this.readSettings();
    const { url, api_key: key } = loaded.config.remote;
    checkKey(loaded);
    if (!url || !key)
      throw new ConfigError(
        `setup needs ${url ? '--api-key KEY' : '--url URL'}: run \`kt-client setup --url URL --api-key KEY\``,
      );
    return loaded;
  }
}

/** Plain http to another computer. */
const isOpenToAll = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname);
};
