import { Command, Option } from 'clipanion';
import { ConfigError, readConfig, type LoadedConfig } from '../config/config.ts';
import { connect, type Place } from '../setup/connect.ts';
import { interview, type Answers } from '../setup/interview.ts';
import { offerService } from '../setup/offer-service.ts';
import type { Asker } from '../setup/prompts.ts';
import type { Whose } from '../setup/which-device.ts';
import { checkKey, KtCommand } from './kt-command.ts';

export class SetupCommand extends KtCommand {
  static override paths = [['setup']];
  static override usage = Command.Usage({
    description: 'connect this device to a kt-server',
    details: `
      Checks that the local aw-server and kt-server answer; then writes the configuration file, which only you can
      read. If either does not answer, nothing is changed. Without flags, on a terminal, it asks for what it can't find.
      \`kt-client login URL\` does the same without a key.

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
    return connect(this.place(), this.completeSettings(), this.whose(), true);
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
    const code = await connect(this.place(), settle(said.answers), said.whose, false);
    await offerService(this.place(), asker, settle(said.answers).path);
    return code;
  }

  place(): Place {
    const flags = { host: this.localHost, port: this.localPort, apiKey: this.localApiKey };
    return { context: this.context, flags, say: (text) => this.write(text) };
  }

  leave(): number {
    this.write('Nothing was changed.\n');
    return 1;
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
