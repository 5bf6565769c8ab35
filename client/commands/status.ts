import { Command, Option } from 'clipanion';
import { isKtError } from '../../domain/errors.ts';
import type { Micros } from '../../domain/time.ts';
import { renderStatus, statusToJson, type Status } from '../output/status.ts';
import { painter } from '../output/style.ts';
import type { Config } from '../config/settings.ts';
import { sideBySide } from '../status/side-by-side.ts';
import { baseOf } from '../remote/remote-server.ts';
import { differences, problemsOf, setAsideLines, silentDevices, strangeness } from '../status/health.ts';
import type { Against, PassRecord } from '../status/pass-record.ts';
import { KtCommand } from './kt-command.ts';

export class StatusCommand extends KtCommand {
  static override paths = [['status']];
  static override usage = Command.Usage({
    description: 'show whether all is well: the last pass, what lags, what failed and why',
    details: `
      Shows how the last passes ended, whichever command made them, and how far each bucket is behind now. To be behind
      by what was recorded since the last pass is no problem. Only comparisons with the server that is configured now
      count; it shows when the last one was. A device of yours that made no pass for a day is named: its
      own status says why.

      Exit code 0 only if all is well; 1 if the last pass failed or is long ago, or a bucket is not in step. Events that
      can't be read, or kept, are set aside and listed; they do not count as a problem.
    `,
    examples: [
      ['For a person', '$0 status'],
      ['For a script', '$0 status --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const { config } = this.readCompleteConfig();
    const status = await this.gather(config);
    this.write(
      this.json ? `${statusToJson(status)}\n` : renderStatus(status, painter(this.context.stdout, this.context.env)),
    );
    return status.problems.length === 0 ? 0 : 1;
  }

  async gather(config: Config): Promise<Status> {
    const { context } = this;
    const { record, unreadable } = await this.lastPass(config);
    const state = await context.openState(config).load();
    const nowUs = context.clock.nowUs();
    const intervalUs = BigInt(Math.round(config.sync.interval_minutes * 60_000_000));
    const { account, ...lag } = await this.lag(config, state?.deviceId ?? null, nowUs);
    const against: Against = { url: baseOf(config.remote.url), account, device: state?.deviceId ?? null };
    const problems =
      unreadable === null
        ? problemsOf({ record, against, refused: state?.refused ?? false, intervalUs, nowUs })
        : [unreadable];
    // What is known about another server is not shown as if it were about this one.
    const told = strangeness(record, against) === null ? record : null;
    const since = differences(lag.rows ?? [], told, state, config.sync.mode);
    if (told) problems.push(...since.problems);
    return {
      record: told,
      ...lag,
      lagging: since.lagging,
      daemon: await context.daemonOf(config),
      problems,
      aside: state ? setAsideLines(state) : [],
      nowUs,
    };
  }

  /** What the last passes recorded, or why that can't be read. */
  async lastPass(config: Config): Promise<{ record: PassRecord | null; unreadable: string | null }> {
    try {
      return { record: await this.context.openPassLog(config).load(), unreadable: null };
    } catch (error) {
      if (!isKtError(error, 'invalid')) throw error;
      return { record: null, unreadable: error.message };
    }
  }

  /**
   * What both sides hold now, and which devices are silent. An unreachable server is for the next pass and `doctor` to
   * report: this command is about the last pass.
   */
  async lag(
    config: Config,
    self: string | null,
    nowUs: Micros,
  ): Promise<Pick<Status, 'rows' | 'rowsMissing' | 'silent'> & Pick<Against, 'account'>> {
    let account: string | null = null;
    try {
      account = await this.context.makeRemote(config, { retries: 0 }).account();
      const rows = await sideBySide(this.context, config);
      const devices = await this.context.makeRemote(config, { retries: 0 }).devices();
      return { account, rows, rowsMissing: null, silent: silentDevices(devices, self, nowUs) };
    } catch (error) {
      if (!isKtError(error)) throw error;
      return { account, rows: null, rowsMissing: error.message, silent: [] };
    }
  }
}
