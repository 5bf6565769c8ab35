import { Command, Option } from 'clipanion';
import { makeWorld } from '../daemon/background.ts';
import { ConfigError } from '../config/config.ts';
import { localUrl } from '../context.ts';
import { runDaemon } from '../daemon/loop.ts';
import { LOG_FORMATS, makeLog, type LogFormat } from '../output/log.ts';
import { KtCommand } from './kt-command.ts';

export class DaemonCommand extends KtCommand {
  static override paths = [['daemon']];
  static override usage = Command.Usage({
    description: 'keep this device in step, until told to stop (the default command)',
    details: `
      A pass every \`interval_minutes\`, and at once when the server says that another device changed
      something. Once a day everything is proven and repaired. No error ends it but wrong settings; changed
      settings are taken up while it runs.

      It tells on stderr what it does. SIGTERM, SIGINT and SIGHUP end it within 5 seconds, with exit code 0. To have it
      started at login see \`kt-client service\`, or let ActivityWatch do it: docs/activitywatch-autostart.md.
    `,
    examples: [
      ['Run it in this terminal', '$0 daemon'],
      ['The same, as the default', '$0'],
      ['With JSON lines for a program', '$0 daemon --log-format json'],
    ],
  });

  logFormat = Option.String('--log-format', 'text', { description: 'text (the default) or json' });

  override async execute(): Promise<number> {
    const { context } = this;
    if (!isLogFormat(this.logFormat))
      throw new ConfigError(`--log-format must be one of ${LOG_FORMATS.join(', ')}, and is ${this.logFormat}`);
    const load = () => this.readCompleteConfig();
    const { config } = load();
    const stop = context.stopSignal();
    const lock = await context.takeDaemonLock(config);
    const log = makeLog(context.stderr, this.logFormat, !context.env['NO_COLOR']);
    stop.addEventListener('abort', () => log.info('told to stop: what is in flight comes to its end'));
    const every = config.sync.interval_minutes;
    log.info(
      { version: context.version, process: process.pid },
      `kt-client ${context.version} keeps ${localUrl(config)} in step with ${config.remote.url}, ` +
        `every ${every === 1 ? 'minute' : `${every} minutes`}`,
    );
    try {
      await runDaemon(makeWorld(context, { load, log, stop }), stop);
    } finally {
      await lock.release();
    }
    log.info('stopped');
    return 0;
  }
}

const isLogFormat = (text: string): text is LogFormat => (LOG_FORMATS as readonly string[]).includes(text);
