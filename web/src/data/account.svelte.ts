/** What every screen needs of the account: its calendar, its devices' names, its categories' colours. */
import { getContext, setContext } from 'svelte';
import { parseDay } from '../../../domain/day.ts';
import { makeColours, type Colours } from './colours.ts';
import type { AccountQuery } from './generated.ts';

type Device = Pick<AccountQuery['viewer']['devices'][number], 'deviceId' | 'hostname' | 'label'>;

export type Account = {
  readonly email: string;
  /** Whether the person administers the server. */
  readonly isAdmin: boolean;
  readonly zone: string;
  readonly startOfDay: string;
  readonly startOfWeek: number;
  /** The day that it is, by number. */
  readonly today: number;
  readonly devices: readonly Device[];
  /** aw-webui's setting `classes`, as it is stored. */
  readonly classes: unknown;
  readonly colours: Colours;
};

export const accountOf = ({ viewer, setting }: AccountQuery): Account => ({
  email: viewer.email,
  isAdmin: viewer.isAdmin,
  zone: viewer.calendar.timeZone,
  startOfDay: viewer.calendar.startOfDay,
  startOfWeek: viewer.calendar.startOfWeek,
  today: parseDay(viewer.calendar.today)!,
  devices: viewer.devices,
  classes: setting?.value ?? null,
  colours: makeColours(setting?.value),
});

const KEY = Symbol('account');

/** Gives the account to all screens below; a function, because it changes. */
export const provideAccount = (account: () => Account): void => void setContext(KEY, account);
export const theAccount = (): (() => Account) => getContext<() => Account>(KEY);

/** What a device is called: as its person called it, else by its hostname; its id, where it has gone. */
export const nameOf = ({ devices }: Account, deviceId: string | null): string => {
  const device = devices.find((each) => each.deviceId === deviceId);
  return device?.label ?? device?.hostname ?? deviceId ?? '';
};
