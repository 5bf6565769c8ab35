/** The configuration file, the state folder, and the local aw-server. */
import { spanText } from '../output/list.ts';
import { setAsideLines } from '../status/health.ts';
import { knownAlso, refusedRow } from '../sync/known-rows.ts';
import { isKtServer } from '../sync/identity/local-aw.ts';
import { undecided } from '../sync/identity/recognise.ts';
import type { Facts } from './facts.ts';
import { ok, problem, warn, type Finding } from '../../cli/finding.ts';

export const judgeConfig = ({ configPath, configMode, config, withheld, strays }: Facts): Finding[] => {
  const about = 'configuration';
  const { url, api_key: key } = config.remote;
  const findings: Finding[] = [];
  if (withheld.remote !== null)
    findings.push(
      problem(
        about,
        withheld.remote,
        `give the key of that server too: \`kt-client setup --url ${url} --api-key KEY\`, or KT_CLIENT_API_KEY`,
      ),
    );
  else if (!url || !key)
    findings.push(
      problem(about, `there is no ${url ? 'API key' : 'server'} in ${configPath}`, 'run `kt-client setup`'),
    );
  if (withheld.local !== null)
    findings.push(
      warn(
        about,
        withheld.local,
        'where that one asks for a key, give it: `kt-client setup --local-api-key KEY`, or KT_CLIENT_LOCAL_API_KEY',
      ),
    );
  findings.push(...strays.map((stray) => warn(about, stray, 'correct the name, or unset it')));
  // It contains the key, which gives access to whoever reads it.
  if (configMode !== null && (configMode & 0o077) !== 0) {
    findings.push(
      problem(
        about,
        `others on this computer can read ${configPath} (mode ${configMode.toString(8)})`,
        `run \`chmod 600 ${configPath}\`, and consider making a new key`,
      ),
    );
  }
  if (findings.length > 0) return findings;
  // Windows has no such bits: there the folder's own rules hold, and nothing is known of them.
  return [ok(about, configMode === null ? configPath : `${configPath}, readable only by you`)];
};

/** Which aw-server it is. The Rust one says so in its version; other programs with that API say `rust-compatible`. */
const kindOf = (version: string): string => {
  if (/rust-compatible|kt-server/i.test(version)) return 'something that speaks its API,';
  return /rust/i.test(version) ? 'the Rust one,' : 'the Python one,';
};

export const judgeLocal = ({ local, localUrl: url, buckets }: Facts): Finding[] => {
  const about = 'aw-server';
  if (local === null) return [];
  if ('error' in local)
    return [
      problem(
        about,
        local.error.message,
        'start ActivityWatch, or name the right port: `kt-client setup --local-port PORT`',
      ),
    ];
  const { version, hostname, testing } = local.value;
  const findings = [ok(about, `${kindOf(version)} ${version}, at ${url}, host ${hostname}`)];
  if (testing)
    findings.push(
      warn(
        about,
        'it is a testing server, which does not hold your real data',
        'for the real one: `kt-client setup --local-port 5600`',
      ),
    );
  if (isKtServer(local.value))
    return [
      ...findings,
      problem(
        about,
        'it is a kt-server, not the aw-server of this computer',
        'name the port of aw-server: `kt-client setup --local-port PORT`',
      ),
    ];
  if (buckets !== null && 'error' in buckets) {
    const isKey = buckets.error.code === 'unauthenticated';
    findings.push(
      problem(
        isKey ? 'aw-server key' : about,
        buckets.error.message,
        isKey ? 'put the `api_key` of its config.toml under [local] of ours' : 'look into its log',
      ),
    );
  }
  return findings;
};

/** For a computer that has not synced yet: whether the server knows it as a device. */
const judgeNewcomer = ({ recognised }: Facts): Finding[] => {
  const about = 'this device';
  if (recognised && 'error' in recognised) return [problem(about, recognised.error.message, null)];
  if (recognised?.value && 'ask' in recognised.value) return [problem(about, undecided(recognised.value.ask), null)];
  return [warn(about, 'it has not synced yet', 'run `kt-client sync`')];
};

export const judgeState = (facts: Facts): Finding[] => {
  const { state, local, devices, config } = facts;
  const about = 'this device';
  if (state === null) return [];
  if ('error' in state) return [problem(about, state.error.message, null)];
  if (state.value === null) return judgeNewcomer(facts);
  const { refused, deviceId } = state.value;
  if (refused) {
    return [
      problem(
        about,
        'the server has seen a later pass of this device: its state folder was copied or restored',
        'on a second computer run `kt-client setup --new-device`; to go on as this device run `kt-client ' +
          'setup --same-device`',
      ),
    ];
  }
  const known =
    devices && 'value' in devices ? devices.value.find((device) => device.deviceId === deviceId) : undefined;
  const info = local && 'value' in local ? local.value : null;
  if (!known) return [ok(about, `device ${deviceId}`)];
  const findings = [ok(about, `device ${deviceId}, called ${known.hostname} on the server`)];
  if (info && known.hostname !== info.hostname)
    findings.push(
      ok(
        about,
        `its name is ${info.hostname} now: the next pass tells the server, and copies keep the names they have`,
      ),
    );
  if (info && known.awDeviceId !== null && info.deviceId !== '' && known.awDeviceId !== info.deviceId) {
    findings.push(
      warn(
        about,
        `it was synced from another aw-server than the one at port ${config.local.port}`,
        'fine if ActivityWatch was reinstalled; two aw-servers at once each need their own --config, ' +
          'with a `state_dir` in it',
      ),
    );
  }
  return findings;
};

export const judgeDaemon = ({ daemon }: Facts): Finding[] =>
  daemon === null
    ? [
        warn(
          'daemon',
          'it is not running, so nothing syncs by itself',
          'run `kt-client service install`, or let ActivityWatch start it',
        ),
      ]
    : [ok('daemon', `it is running (process ${daemon})`)];

const MINUTE_US = 60_000_000n;

/** Events from the future are synced, but come from a wrong clock, and views sort them first (spec/sync 6.5). */
export const judgeFuture = ({ buckets, nowUs }: Facts): Finding[] => {
  if (buckets === null || !('value' in buckets)) return [];
  const early = buckets.value.flatMap(({ bucket, startUs }) =>
    startUs !== null && startUs > nowUs + MINUTE_US ? [{ id: bucket.id, us: startUs - nowUs }] : [],
  );
  if (early.length === 0) return [ok('future events', 'no bucket has any')];
  return early.map(({ id, us }) =>
    warn(
      'future events',
      `${id} has an event that begins ${spanText(us)} from now`,
      'they are synced as they are; delete them in ActivityWatch if a wrong clock made them',
    ),
  );
};

/** Known rows are listed, and are not a problem (spec/sync 4.8): those found by passes, and those found now. */
export const judgeAside = ({ buckets, state }: Facts): Finding[] => {
  const about = 'set aside';
  const known = state && 'value' in state && state.value ? state.value.known : {};
  const seen = buckets && 'value' in buckets ? buckets.value : [];
  const all = seen.reduce(
    (rows, { bucket, unreadable = [] }) => knownAlso(rows, bucket.id, unreadable.map(refusedRow)),
    known,
  );
  return [
    ...seen.flatMap(({ bucket, fault }) =>
      fault === undefined ? [] : [problem('aw-server', `${bucket.id} can’t be read: ${fault}`, 'look into its log')],
    ),
    ...setAsideLines({ known: all }).map((line) =>
      warn(about, line, 'nothing else waits for them; what can’t be read can be corrected or deleted in ActivityWatch'),
    ),
  ];
};
