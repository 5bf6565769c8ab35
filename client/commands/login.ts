import { Command, Option } from 'clipanion';
import { plain } from '../../cli/terminal.ts';
import { KtError } from '../../domain/errors.ts';
import { ConfigError, readConfig, type LoadedConfig } from '../config/config.ts';
import { connect, type Place } from '../setup/connect.ts';
import { offerService } from '../setup/offer-service.ts';
import { askAw } from '../sync/identity/local-aw.ts';
import { KtCommand } from './kt-command.ts';

export class LoginCommand extends KtCommand {
  static override paths = [['login']];
  static override usage = Command.Usage({
    description: 'connect this device to a kt-server by a code that you approve in a browser',
    details: `
      Prints an address and a code, and opens the address where there is a browser. Sign in there, on any computer or
      phone, type the code, and approve: this device then gets a key of its own, which syncs it and does nothing else.
      The code is good for ten minutes. Then it goes on as \`kt-client setup\` does: it checks that the local aw-server
      and kt-server answer, and writes the configuration file, which only you can read. Until then nothing is changed.

      For scripts there is \`kt-client setup --url URL --api-key KEY\`.
    `,
    examples: [
      ['Connect', '$0 login https://kt.example'],
      ['Once more to the server that is configured, as another device', '$0 login --new-device'],
    ],
  });

  url = Option.String({ name: 'URL', required: false });
  noBrowser = Option.Boolean('--no-browser', false, { description: 'open no browser: only print the address' });
  newDevice = Option.Boolean('--new-device', false, {
    description: 'this is not the device that the state folder belongs to, but a new one',
  });
  localHost = Option.String('--local-host', { description: 'the host of the local aw-server (127.0.0.1)' });
  localPort = Option.String('--local-port', { description: 'the port of the local aw-server (5600)' });
  localApiKey = Option.String('--local-api-key', { description: 'the key of the local aw-server, if it asks for one' });

  override async execute(): Promise<number> {
    const { context } = this;
    const { config } = this.readSettings();
    const { url } = config.remote;
    if (url === '') throw new ConfigError('login needs the address of kt-server: run `kt-client login URL`');
    // What would fail afterwards fails before somebody is asked for anything.
    const { hostname } = await askAw(context.makeLocal(config));
    const state = this.newDevice ? null : await context.openState(config).load();
    const key = await this.waitForKey(url, { hostname: hostname || 'unknown', deviceId: state?.deviceId ?? null });
    if (key === null) {
      this.write('Nothing was changed.\n');
      return 1;
    }
    const loaded = this.readSettings(key);
    const code = await connect(this.place(), loaded, this.newDevice ? 'new' : null, true);
    if (context.asker) await offerService(this.place(), context.asker, loaded.path);
    return code;
  }

  /** The key, once somebody approved; null if this process is told to end first. */
  async waitForKey(url: string, device: { hostname: string; deviceId: string | null }): Promise<string | null> {
    const { context } = this;
    const login = context.makeDeviceLogin(url);
    const code = await login.ask(device);
    this.write(`Open ${plain(code.page)}\nand type the code ${plain(code.userCode)}\n`);
    const stop = context.stopSignal();
    if (!this.noBrowser && (await context.openBrowser(code.filledPage)))
      this.write('It opens in your browser: compare the code before you approve.\n');
    this.write('Waiting …\n');
    let waitMs = code.intervalMs;
    for (let leftMs = code.goodForMs; leftMs > 0; leftMs -= waitMs) {
      await context.wait(waitMs, stop);
      if (stop.aborted) return null;
      const answer = await login.poll(code, waitMs);
      if ('key' in answer) return answer.key;
      ({ waitMs } = answer);
    }
    throw new KtError('forbidden', 'the code has expired: run `kt-client login` again');
  }

  place(): Place {
    const flags = { host: this.localHost, port: this.localPort, apiKey: this.localApiKey };
    return { context: this.context, flags, say: (text) => this.write(text) };
  }

  /** The settings with the flags applied; the configuration file need not exist yet. */
  readSettings(key?: string): LoadedConfig {
    const flags = {
      'remote.url': this.url,
      'remote.api_key': key,
      'local.host': this.localHost,
      'local.port': this.localPort,
      'local.api_key': this.localApiKey,
    };
    return readConfig(this.context.env, { file: this.configFile, mayBeMissing: true, flags });
  }
}
