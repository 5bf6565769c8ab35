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
    description: 'keep this device in sync until stopped (the default command)',
    details: `
      Makes a pass every \`interval_minutes\`, and pulls at once when the server announces a change by another device.
      Once a day it compares everything and repairs what differs. Once it runs, no error ends it, and changed settings
      take effect.

      It logs what it does to stderr. SIGTERM, SIGINT and SIGHUP end it within 5 seconds, with exit code 0. To have it
      started at login see \`kt-client service\`, or let ActivityWatch do it: docs/activitywatch-autostart.md.
    `,
    examples: [
      ['Run it in this terminal', '$0 daemon'],
      ['The same, since it is the default command', '$0'],
      ['Log JSON lines, for a program', '$0 daemon --log-format json'],
    ],
  });

  logFormat = Option.String('--log-format', 'text', { description: 'the form of the log: text (the default) or json' });

  override async execute(): Promise<number> {
    const { context } = this;
    if (!isLogFormat(this.logFormat))
      throw new ConfigError(`--log-format must be one of ${LOG_FORMATS.join(', ')}, and is ${this.logFormat}`);
    const load = () => this.readCompleteConfig();
    const { config } = load();
    const stop = context.stopSignal();
    const lock = await context.takeDaemonLock(config);
    const log = await makeLog(context.stderr, this.logFormat, !context.env['NO_COLOR']);
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
