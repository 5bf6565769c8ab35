/** What a cluster's programs said last, in some kB: for the error of a wait that gave up. */

/** Of each program's log. */
const LOG_LENGTH = 2_500;

/** Patroni's own lines: PostgreSQL, which it starts, writes to the same stream with a point in its times. */
const PATRONI = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /;
const POSTGRES = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /;
const PREFIX = /^\S+ \S+ (?:UTC )?(?:\[\d+\] )?/;
/** HAProxy does not wait for the answers to its checks, and Patroni tells so in twenty lines each time. */
const NOISE = /Exception happened during processing of request|Traceback/;
/** A line is left out if one of so many before it says the same: Patroni tells every 2 s that nothing has changed. */
const MEMORY = 6;

/** The last lines, each once where they repeat themselves. */
const lastOf = (lines: readonly string[]): string => {
  const kept: string[] = [];
  const recent: string[] = [];
  for (const line of lines) {
    const text = line.replace(PREFIX, '').replaceAll(/\d+/g, '0');
    if (NOISE.test(text) || recent.includes(text)) continue;
    recent.push(text);
    if (recent.length > MEMORY) recent.shift();
    kept.push(line.slice(0, 300));
  }
  return kept.join('\n').slice(-LOG_LENGTH);
};

/** The last lines of Patroni's log and of its PostgreSQL's, from what both wrote to one stream. */
export const lastLines = (output: string): string => {
  const lines = output.split('\n');
  return [
    `Patroni's log: …${lastOf(lines.filter((line) => PATRONI.test(line)))}`,
    `PostgreSQL's log: …${lastOf(lines.filter((line) => POSTGRES.test(line)))}`,
    `The last of all: …${output.slice(-300)}`,
  ].join('\n');
};

/** What is answered under that address, whatever it is, on one line of at most 1.5 kB. */
export const answerOf = async (url: string): Promise<string> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return `${response.status} ${(await response.text()).replaceAll(/\s+/g, ' ').slice(0, 1_500)}`;
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
};
