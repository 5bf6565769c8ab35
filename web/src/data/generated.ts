import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A whole number of any size, in decimal as text: `"-9007199254740993"`. On input a JSON number below 2^53 too. */
  BigInt: { input: string; output: string; }
  /** A day in UTC: `2024-05-31`. */
  Date: { input: string; output: string; }
  /** RFC 3339 in UTC, with 0, 3 or 6 fractional digits as needed: `2024-05-31T09:30:00.123456Z`. On input any offset, but there must be one. */
  DateTime: { input: string; output: string; }
  /** A column of whole numbers, as one value: a list in JSON, of numbers, and beyond 2^53 of decimal text. */
  Integers: { input: readonly (number | string)[]; output: unknown; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
};

/** What is to be counted alone: what has one of each list that is given. An empty text stands for none as well. */
export type ActivityFilterInput = {
  /** Applications. */
  apps?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Whole names of categories, from the root down. Without one: `["Uncategorized"]`. */
  categories?: InputMaybe<Array<Array<Scalars['String']['input']>>>;
  /** Domains. */
  domains?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Titles. */
  titles?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Addresses. */
  urls?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** What an API key allows. */
export type ApiKeyScope =
  /** Everything in its account. */
  | 'FULL'
  /** Reading `/metrics`, and nothing here. */
  | 'METRICS'
  /** The sync of one device, and nothing else. */
  | 'PUSH'
  /** Every question but those about keys and browsers, and no change. */
  | 'READ';

/** A rule of the setting `classes`, as it is tried out. Its colour and score decide nothing. */
export type CategoryRuleInput = {
  /** Whether upper and lower case are the same; not unless said. */
  ignoreCase?: InputMaybe<Scalars['Boolean']['input']>;
  /** The category, from the root down. */
  name: Array<Scalars['String']['input']>;
  /** The rule of the highest wins, the later one among equals; left out: ten for each level of `name`. */
  priority?: InputMaybe<Scalars['Int']['input']>;
  /** What is searched for; left out: a category without a rule of its own. */
  regex?: InputMaybe<Scalars['String']['input']>;
  /** The keys of the data that are searched; left out: all. */
  selectKeys?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A bucket to compare, and where the walk through it goes on. */
export type CompareBucketInput = {
  /** The walk goes on below this day; left out, it begins with the newest. */
  beforeDay?: InputMaybe<Scalars['Date']['input']>;
  /** Its id on its device. */
  bucketId: Scalars['String']['input'];
  /** Its device, by the id it registered under; left out for the one that registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
};

/** What a pass compares: the newest days of buckets, and in their order a walk through them. */
export type CompareInput = {
  /** The buckets, at most 500, the one where the walk goes on first. */
  buckets: Array<CompareBucketInput>;
  /** About how many events the walk may take, over all buckets; a day is not cut. */
  maxEvents: Scalars['Int']['input'];
  /** What ends after this, and before `movingTo`, still moves: it is left out. */
  movingFrom: Scalars['DateTime']['input'];
  /** The end of what moves. */
  movingTo: Scalars['DateTime']['input'];
  /** The first of the newest days. */
  sinceDay: Scalars['Date']['input'];
};

/** How several devices are counted. */
export type CountMode =
  /** Each device for itself. */
  | 'SUM'
  /** At each instant one device at most: the sum is never more than the time of the clock. */
  | 'UNION';

/** A key to make. It has no more than the key by which it is made. */
export type CreateApiKeyInput = {
  /** The device to bind it to, by the id it registered under. A key of scope `PUSH` without one is bound to the first that it registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
  /** When it is to expire; left out: with the key by which it is made, if that does, else never. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What it is for: at most 100 characters. */
  name: Scalars['String']['input'];
  /** What it allows. `METRICS` is `FORBIDDEN`: the operator makes such a key on the server. */
  scope: ApiKeyScope;
};

/** A bucket to be created. */
export type CreateBucketInput = {
  /** Its id on its device, and in the account’s list unless another bucket has it there. */
  bucketId: Scalars['String']['input'];
  /** The program that writes its events. */
  client: Scalars['String']['input'];
  /** When it was created; now by default. */
  created?: InputMaybe<Scalars['DateTime']['input']>;
  /** Further data about the bucket: an object. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  /** The host it is recorded on; `!local` for the server itself. */
  hostname: Scalars['String']['input'];
  /** What its events are, like `currentwindow`. */
  type: Scalars['String']['input'];
};

/** The confirmation. */
export type DeleteAccountInput = {
  /** The address of the account, typed. */
  email: Scalars['String']['input'];
};

/** A bucket to be deleted. */
export type DeleteBucketInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** One event of one bucket. */
export type DeleteEventInput = {
  /** The event. */
  id: Scalars['ID']['input'];
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Whose account is to go. */
export type DeletePersonInput = {
  /** Its address, typed. */
  email: Scalars['String']['input'];
  /** The account’s id. */
  id: Scalars['ID']['input'];
};

/** A setting to be removed. */
export type DeleteSettingInput = {
  /** Its key. */
  key: Scalars['String']['input'];
};

/** A UTC day that differs with nothing a pass can do about it. */
export type DifferingDayInput = {
  /** The day. */
  day: Scalars['Date']['input'];
  /** How many events of it the device has. */
  deviceEventCount: Scalars['Int']['input'];
  /** How many the server has. */
  serverEventCount: Scalars['Int']['input'];
};

/** What rows are told apart by. */
export type Dimension =
  /** The application. */
  | 'APP'
  /** The category by the rules of the setting `classes`, as `categorize` finds it. */
  | 'CATEGORY'
  /** The device. */
  | 'DEVICE'
  /** The domain of a browser’s tab. */
  | 'DOMAIN'
  /** The title of the window; of the tab, together with `DOMAIN` or `URL`. */
  | 'TITLE'
  /** The address of a browser’s tab. */
  | 'URL';

/** An identity to disconnect. */
export type DisconnectIdentityInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** UTC days that were found equal. */
export type EqualDaysInput = {
  /** The first; left out: from the oldest event on. */
  firstDay?: InputMaybe<Scalars['Date']['input']>;
  /** The last, which belongs to them. */
  lastDay: Scalars['Date']['input'];
  /** As of when. */
  provenAt: Scalars['DateTime']['input'];
};

/** What went wrong, for programs. Every error has one as its `extensions.code`. */
export type ErrorCode =
  /** What is stored does not allow this change. */
  | 'CONFLICT'
  /** The device has begun another pass since, or it has to be decided which device this is. */
  | 'DEVICE_IN_USE'
  /** The API key does not allow this. */
  | 'FORBIDDEN'
  /** Something went wrong inside the server, and its log says what. */
  | 'INTERNAL'
  /** The request is not valid. */
  | 'INVALID'
  /** A value does not have the required form. */
  | 'MALFORMED'
  /** The account was moved to another server: `extensions.url` says which. */
  | 'MOVED'
  /** The account has nothing with that name or id. */
  | 'NOT_FOUND'
  /** Too many requests at once: ask again in a moment. */
  | 'RATE_LIMITED'
  /** The cursor is not one of this account: begin again without it. */
  | 'RESYNC_REQUIRED'
  /** The request, or its answer, is larger than a limit allows. */
  | 'TOO_LARGE'
  /** The request has no API key, or one that is not valid. */
  | 'UNAUTHENTICATED'
  /** The database does not answer: ask again in a moment. */
  | 'UNAVAILABLE'
  /** The server does not know what the document asks for, or the media type of the body. */
  | 'UNSUPPORTED';

/** Events as the device’s own aw-server holds them, in columns of one length: the first event has the first value of each. An event that can’t be stored is among the `rejections`; columns that don’t fit are `MALFORMED`. */
export type EventColumnsInput = {
  /** The distinct data, each an object. */
  data: Array<Scalars['JSON']['input']>;
  /** What happened in each: the place of its data in `data`, from 0. */
  dataIndex: Scalars['Integers']['input'];
  /** How long they lasted, in nanoseconds. */
  durations: Scalars['Integers']['input'];
  /** Their ids in that aw-server. */
  sourceIds: Scalars['Integers']['input'];
  /** When they began: in microseconds since 1970-01-01T00:00:00Z. */
  starts: Scalars['Integers']['input'];
};

/** An event to be stored. */
export type EventInput = {
  /** What it was: an object. */
  data: Scalars['JSON']['input'];
  /** How long it lasted, in seconds. */
  duration?: InputMaybe<Scalars['Float']['input']>;
  /** The id of an event of the same bucket, which it then replaces. Any other id is not kept. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** When it began. */
  timestamp: Scalars['DateTime']['input'];
};

/** How finely time is divided. */
export type Grain =
  /** Each day, from the setting `startOfDay` on. */
  | 'DAY'
  /** Each hour of the clock on the wall. */
  | 'HOUR'
  /** Each month. */
  | 'MONTH'
  /** The whole range at once. */
  | 'NONE'
  /** Each week, from the setting `startOfWeek` on. */
  | 'WEEK'
  /** Each year. */
  | 'YEAR';

/** A heartbeat for one bucket. */
export type HeartbeatInput = {
  /** The heartbeat. */
  event: EventInput;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
  /** How long after the last event’s end a beat still continues it, in seconds. */
  pulsetime: Scalars['Float']['input'];
};

/** A bucket elsewhere, to compare with. */
export type HistoryInput = {
  /** Its id there. */
  bucketId: Scalars['String']['input'];
  /** Marks of its newest events, as `History` has them: at most 20. */
  newest?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The same of events spread over its history. */
  spread?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Its type. */
  type: Scalars['String']['input'];
};

/** Events for one bucket. */
export type InsertEventsInput = {
  /** The events, in any order. */
  events: Array<EventInput>;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Who is to be let in. */
export type InviteInput = {
  /** Their e-mail address: it names the account. Nothing is sent. */
  email: Scalars['String']['input'];
  /** Whether they are to administer the server, too; not unless said. */
  isAdmin?: InputMaybe<Scalars['Boolean']['input']>;
};

/** What a lane shows. */
export type LaneKind =
  /** The tab of a browser while that was the active window. */
  | 'BROWSER'
  /** The window’s category: values are places in `categoryNames`. Of all devices as one alone. */
  | 'CATEGORY'
  /** When somebody was there: by input, and without a bucket of AFK by windows. All values are 0. */
  | 'PRESENCE'
  /** The active window while somebody was there. */
  | 'WINDOW';

/** What happened. */
export type LogKind =
  /** Who administers the server deleted an account. */
  | 'ACCOUNT_DELETED'
  /** Somebody administers the server from then on. */
  | 'ADMIN_SET'
  /** Somebody does so no more. */
  | 'ADMIN_UNSET'
  /** A bucket was deleted. */
  | 'BUCKET_DELETED'
  /** A sign-in at a provider of OpenID Connect was connected. */
  | 'CONNECTED'
  /** A device registered for the first time. */
  | 'DEVICE_REGISTERED'
  /** A sign-in at a provider was disconnected, and the browsers that it signed in were signed out. */
  | 'DISCONNECTED'
  /** Buckets were exported. */
  | 'EXPORTED'
  /** An invitation was withdrawn. */
  | 'INVITATION_WITHDRAWN'
  /** Somebody was invited: who it is about, and who did it. */
  | 'INVITED'
  /** An API key was made. */
  | 'KEY_MADE'
  /** An API key was revoked. */
  | 'KEY_REVOKED'
  /** A link to sign in with was made on the server. */
  | 'LINK_MADE'
  /** A passkey was added. */
  | 'PASSKEY_ADDED'
  /** A passkey was removed, and the browsers that it signed in were signed out. */
  | 'PASSKEY_REMOVED'
  /** Somebody with a key or a session of the account was refused; once an hour for the same reason and address. */
  | 'REFUSED'
  /** A browser signed in. */
  | 'SIGNED_IN'
  /** Browsers were signed out. */
  | 'SIGNED_OUT';

/** How the last pass that compared left a bucket. */
export type ProofOutcome =
  /** It could not be read or written; the next pass tries again. */
  | 'FAILED'
  /** It differs, and no pass will fix that by itself. */
  | 'HELD'
  /** Nothing is known to differ. */
  | 'IN_STEP';

/** What a device knows of its buckets, by its own clock. */
export type ProofReportInput = {
  /** The account that was compared with; dropped for any other. */
  accountId: Scalars['ID']['input'];
  /** Its own and its copies, at most 500. */
  buckets: Array<ProvenBucketInput>;
  /** When the last pass that compared began. */
  passAt: Scalars['DateTime']['input'];
  /** The account’s revision then. */
  revision: Scalars['BigInt']['input'];
};

/** What is known of a bucket on a device. */
export type ProofState =
  /** Some days differ, and no pass can do anything about it: rows that only one side can hold. */
  | 'DIFFERS'
  /** All of it was found equal, as of `provenAt`. */
  | 'EQUAL'
  /** The last pass could not read or write it; the next one tries again. */
  | 'FAILED'
  /** It differs, and no pass will fix that by itself: see `reason`. */
  | 'HELD'
  /** Not all of it was found equal yet: `stretches` says what was. */
  | 'PARTIAL'
  /** The device told nothing of it. */
  | 'UNREPORTED';

/** A bucket that the device compares. */
export type ProvenBucketInput = {
  /** Its id on its device. */
  bucketId: Scalars['String']['input'];
  /** How many events the device counted; left out where it did not. */
  deviceEventCount?: InputMaybe<Scalars['Int']['input']>;
  /** Its device, by the id it registered under; left out for the one that registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
  /** Its days that differ: at most 100. */
  differing: Array<DifferingDayInput>;
  /** How the pass left it. */
  outcome: ProofOutcome;
  /** When the walk began that found all of it equal. */
  provenAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Why, unless it is in step; at most 500 characters. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** What the last repair wrote. */
  repair?: InputMaybe<RepairInput>;
  /** How many the server had then, of those the device pushes. */
  serverEventCount?: InputMaybe<Scalars['Int']['input']>;
  /** Its equal days: at most two stretches. */
  stretches: Array<EqualDaysInput>;
};

/** A bucket of the device: its properties, and some of its events. */
export type PushBucketInput = {
  /** Its id on the device. */
  bucketId: Scalars['String']['input'];
  /** The program that writes its events. */
  client: Scalars['String']['input'];
  /** Days to compare once these are stored. */
  compare?: InputMaybe<PushCompareInput>;
  /** When it was created, as its aw-server gives it: RFC 3339 with an offset. A wrong value is reported as the bucket’s error. */
  created?: InputMaybe<Scalars['String']['input']>;
  /** Further data about the bucket: an object. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  /** Events that the device no longer has. */
  deletes?: InputMaybe<Array<PushDeleteInput>>;
  /** Its epoch as the server told it, or that + 1, which begins a new one. For a bucket the server doesn’t know: 1. */
  epoch: Scalars['Int']['input'];
  /** The events. Of equal source ids the last counts. */
  events: EventColumnsInput;
  /** Its hostname, as the watcher gave it. */
  hostname: Scalars['String']['input'];
  /** Where the push stands once these are stored. Without it, it stays where it is. */
  pushCursor?: InputMaybe<PushCursorInput>;
  /** For a bucket that the device has not pushed yet: the imported one that becomes it. */
  takeOver?: InputMaybe<TakeOverInput>;
  /** Its type. */
  type: Scalars['String']['input'];
};

/** Days to compare once a push is stored. */
export type PushCompareInput = {
  /** The days, at most 20. */
  days: Array<Scalars['Date']['input']>;
  /** What ends after this, and before `movingTo`, still moves: it is left out. */
  movingFrom: Scalars['DateTime']['input'];
  /** The end of what moves. */
  movingTo: Scalars['DateTime']['input'];
};

/** How far a bucket was pushed, in whole milliseconds. */
export type PushCursorInput = {
  /** Everything that starts at this time or later was sent; leave it out once the whole bucket was. */
  foot?: InputMaybe<Scalars['DateTime']['input']>;
  /** The newest start sent. Kept no later than the server’s clock. */
  head: Scalars['DateTime']['input'];
};

/** An event that the device no longer has. The row goes only if it still is what the device thinks it is. */
export type PushDeleteInput = {
  /** The content hash of the row that is meant, as `sources` tells it. */
  hash: Scalars['BigInt']['input'];
  /** The id it had. */
  sourceId: Scalars['ID']['input'];
};

/** What a device recorded, of several buckets. */
export type PushEventsInput = {
  /** The buckets: at most 5,000 events and deletions in all. */
  buckets: Array<PushBucketInput>;
  /** The device, by the id it registered under. */
  deviceId: Scalars['ID']['input'];
  /** The pass that is on, as `registerDevice` began it. */
  pass: Scalars['Int']['input'];
};

/** Days of the account: of the zone in the setting `timeZone` (UTC if it has none), from the time of day in the setting `startOfDay` on (04:00), to the quarter of an hour. */
export type RangeInput = {
  /** The first day. */
  first: Scalars['Date']['input'];
  /** The last day, which belongs to it. */
  last: Scalars['Date']['input'];
};

/** A device that a client without state turned out to be. */
export type ReclaimDeviceInput = {
  /** The id that it registered under. */
  deviceId: Scalars['ID']['input'];
};

/** A device, and the pass that begins. */
export type RegisterDeviceInput = {
  /** Its aw-server’s `device_id`, by which a client that lost its state finds itself again. */
  awDeviceId?: InputMaybe<Scalars['String']['input']>;
  /** The ids of the device’s own buckets, to be told which of them were imported here before. */
  bucketIds?: InputMaybe<Array<Scalars['String']['input']>>;
  /** What this pass compares; nothing where left out. */
  compare?: InputMaybe<CompareInput>;
  /** The id that the device generated for itself, and keeps. Not aw-server’s `device_id`. */
  deviceId: Scalars['ID']['input'];
  /** What the device calls itself now. */
  hostname: Scalars['String']['input'];
  /** Random text for this pass: the same number with the same nonce is the same request repeated. */
  nonce?: InputMaybe<Scalars['String']['input']>;
  /** The number of the pass that begins: the last one + 1. Without it the device is registered, and no pass begins. */
  pass?: InputMaybe<Scalars['Int']['input']>;
  /** What the device knows of its buckets so far. */
  proof?: InputMaybe<ProofReportInput>;
};

/** A passkey to remove. */
export type RemovePasskeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** A device, and what it is to be called. */
export type RenameDeviceInput = {
  /** The id that it registered under. */
  deviceId: Scalars['ID']['input'];
  /** The name; null or left out: its hostname again. */
  label?: InputMaybe<Scalars['String']['input']>;
};

/** A passkey and its name. */
export type RenamePasskeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
  /** The name: 1 to 100 characters. */
  name: Scalars['String']['input'];
};

/** The last repair that wrote something, on either side. */
export type RepairInput = {
  /** When its pass began. */
  at: Scalars['DateTime']['input'];
  /** How many events. */
  deleted: Scalars['Int']['input'];
  /** How many events. */
  inserted: Scalars['Int']['input'];
  /** How many events. */
  updated: Scalars['Int']['input'];
};

/** What is to be put back. */
export type RestoreEventsInput = {
  /** The events, by the ids that `trash` lists, at most 5,000. Without it, all. */
  eventIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Which browsers to sign out. */
export type RevokeAllSessionsInput = {
  /** Whether the session that this request is by goes on. False if not said. */
  exceptCurrent?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A key to revoke. */
export type RevokeApiKeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** A browser to sign out. */
export type RevokeSessionInput = {
  /** Its session. */
  id: Scalars['ID']['input'];
};

/** Who is to administer the server, or not any more. */
export type SetAdminInput = {
  /** The account’s id. */
  id: Scalars['ID']['input'];
  /** Whether they do from now on. */
  isAdmin: Scalars['Boolean']['input'];
};

/** A setting to be stored. */
export type SetSettingInput = {
  /** Its key, 1 to 127 bytes of UTF-8. */
  key: Scalars['String']['input'];
  /** The value: any JSON, null too. It is required. */
  value?: InputMaybe<Scalars['JSON']['input']>;
};

/** How somebody signed in. */
export type SignInWay =
  /** A device, by a code that a person approved: it got a key. */
  | 'DEVICE'
  /** By an API key. */
  | 'KEY'
  /** By a link that was made on the server. */
  | 'LINK'
  /** By a passkey. */
  | 'PASSKEY'
  /** By a provider of OpenID Connect. */
  | 'PROVIDER'
  /** By a header of a trusted proxy. */
  | 'PROXY';

/** A bucket that imports made of the history that is pushed. The server looks again whether it is; if not, the device gets a bucket of its own. */
export type TakeOverInput = {
  /** The marks of the imported bucket that the device’s own has too. */
  held: Array<Scalars['String']['input']>;
  /** Marks of the device’s 20 newest events, as `ImportedBucket` has them. */
  newest: Array<Scalars['String']['input']>;
  /** Its `id`, as `registerDevice` told it among the imported ones. */
  publicBucketId: Scalars['ID']['input'];
  /** The same of 20 spread over the history. */
  spread: Array<Scalars['String']['input']>;
};

/** An invitation to withdraw. */
export type WithdrawInvitationInput = {
  /** The account’s id. */
  id: Scalars['ID']['input'];
};

export type AccountQueryVariables = Exact<{ [key: string]: never; }>;


export type AccountQuery = { viewer: { id: string, email: string, isAdmin: boolean, revision: string, calendar: { timeZone: string, startOfDay: string, startOfWeek: number, today: string }, devices: Array<{ deviceId: string, hostname: string, label: string | null, createdAt: string, lastSyncAt: string | null }> }, setting: { value: unknown | null } | null };

export type OverviewQueryVariables = Exact<{
  range: RangeInput;
  grain: Grain;
  before: RangeInput;
  beforeGrain: Grain;
  mode: CountMode;
  deviceIds?: InputMaybe<Array<Scalars['ID']['input']> | Scalars['ID']['input']>;
  filter?: InputMaybe<ActivityFilterInput>;
}>;


export type OverviewQuery = { whole: { complete: boolean, missingDayCount: number, seconds: number, overlapSeconds: number | null, rangeStartAt: string, rangeEndAt: string }, course: { complete: boolean, rows: Array<{ startAt: string | null, day: string | null, category: Array<string> | null, seconds: number }> }, before: { complete: boolean, rows: Array<{ day: string | null, seconds: number }> } };

export type TopQueryVariables = Exact<{
  range: RangeInput;
  mode: CountMode;
  deviceIds?: InputMaybe<Array<Scalars['ID']['input']> | Scalars['ID']['input']>;
  filter?: InputMaybe<ActivityFilterInput>;
  first: Scalars['Int']['input'];
}>;


export type TopQuery = { apps: { complete: boolean, seconds: number, rowCount: number, rows: Array<{ app: string | null, seconds: number }> }, titles: { complete: boolean, seconds: number, rowCount: number, rows: Array<{ title: string | null, seconds: number }> }, domains: { complete: boolean, seconds: number, rowCount: number, rows: Array<{ domain: string | null, seconds: number }> } };

export type OnDevicesQueryVariables = Exact<{
  range: RangeInput;
}>;


export type OnDevicesQuery = { each: { complete: boolean, rows: Array<{ deviceId: string | null, seconds: number }> }, devices: Array<{ deviceId: string, hostname: string, lastSyncAt: string | null, buckets: Array<{ type: string, lastEventAt: string | null }> }> };

export type UncategorizedQueryVariables = Exact<{
  range: RangeInput;
}>;


export type UncategorizedQuery = { activity: { complete: boolean, seconds: number, rowCount: number, rows: Array<{ app: string | null, seconds: number }> } };

export type StoreCategoriesMutationVariables = Exact<{
  classes?: InputMaybe<Scalars['JSON']['input']>;
}>;


export type StoreCategoriesMutation = { setSetting: { setting: { updatedAt: string } } };

export type RevisionSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type RevisionSubscription = { revision: string };

export type TableQueryVariables = Exact<{
  range: RangeInput;
  grain: Grain;
  by: Array<Dimension> | Dimension;
  mode: CountMode;
  deviceIds?: InputMaybe<Array<Scalars['ID']['input']> | Scalars['ID']['input']>;
  filter?: InputMaybe<ActivityFilterInput>;
  first: Scalars['Int']['input'];
}>;


export type TableQuery = { table: { complete: boolean, missingDayCount: number, seconds: number, rowCount: number, rows: Array<{ startAt: string | null, day: string | null, deviceId: string | null, category: Array<string> | null, app: string | null, title: string | null, domain: string | null, seconds: number }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const AccountDocument = new TypedDocumentString(`
    query Account {
  viewer {
    id
    email
    isAdmin
    revision
    calendar {
      timeZone
      startOfDay
      startOfWeek
      today
    }
    devices {
      deviceId
      hostname
      label
      createdAt
      lastSyncAt
    }
  }
  setting(key: "classes") {
    value
  }
}
    `) as unknown as TypedDocumentString<AccountQuery, AccountQueryVariables>;
export const OverviewDocument = new TypedDocumentString(`
    query Overview($range: RangeInput!, $grain: Grain!, $before: RangeInput!, $beforeGrain: Grain!, $mode: CountMode!, $deviceIds: [ID!], $filter: ActivityFilterInput) {
  whole: activity(
    range: $range
    grain: NONE
    by: []
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    missingDayCount
    seconds
    overlapSeconds
    rangeStartAt
    rangeEndAt
  }
  course: activity(
    range: $range
    grain: $grain
    by: [CATEGORY]
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    rows(first: 5000) {
      startAt
      day
      category
      seconds
    }
  }
  before: activity(
    range: $before
    grain: $beforeGrain
    by: []
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    rows(first: 100) {
      day
      seconds
    }
  }
}
    `) as unknown as TypedDocumentString<OverviewQuery, OverviewQueryVariables>;
export const TopDocument = new TypedDocumentString(`
    query Top($range: RangeInput!, $mode: CountMode!, $deviceIds: [ID!], $filter: ActivityFilterInput, $first: Int!) {
  apps: activity(
    range: $range
    grain: NONE
    by: [APP]
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    seconds
    rowCount
    rows(first: $first) {
      app
      seconds
    }
  }
  titles: activity(
    range: $range
    grain: NONE
    by: [TITLE]
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    seconds
    rowCount
    rows(first: $first) {
      title
      seconds
    }
  }
  domains: activity(
    range: $range
    grain: NONE
    by: [DOMAIN]
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    seconds
    rowCount
    rows(first: $first) {
      domain
      seconds
    }
  }
}
    `) as unknown as TypedDocumentString<TopQuery, TopQueryVariables>;
export const OnDevicesDocument = new TypedDocumentString(`
    query OnDevices($range: RangeInput!) {
  each: activity(range: $range, grain: NONE, by: [DEVICE], mode: SUM) {
    complete
    rows(first: 1000) {
      deviceId
      seconds
    }
  }
  devices {
    deviceId
    hostname
    lastSyncAt
    buckets {
      type
      lastEventAt
    }
  }
}
    `) as unknown as TypedDocumentString<OnDevicesQuery, OnDevicesQueryVariables>;
export const UncategorizedDocument = new TypedDocumentString(`
    query Uncategorized($range: RangeInput!) {
  activity(
    range: $range
    grain: NONE
    by: [APP]
    filter: {categories: [["Uncategorized"]]}
  ) {
    complete
    seconds
    rowCount
    rows(first: 8) {
      app
      seconds
    }
  }
}
    `) as unknown as TypedDocumentString<UncategorizedQuery, UncategorizedQueryVariables>;
export const StoreCategoriesDocument = new TypedDocumentString(`
    mutation StoreCategories($classes: JSON) {
  setSetting(input: {key: "classes", value: $classes}) {
    setting {
      updatedAt
    }
  }
}
    `) as unknown as TypedDocumentString<StoreCategoriesMutation, StoreCategoriesMutationVariables>;
export const RevisionDocument = new TypedDocumentString(`
    subscription Revision {
  revision
}
    `) as unknown as TypedDocumentString<RevisionSubscription, RevisionSubscriptionVariables>;
export const TableDocument = new TypedDocumentString(`
    query Table($range: RangeInput!, $grain: Grain!, $by: [Dimension!]!, $mode: CountMode!, $deviceIds: [ID!], $filter: ActivityFilterInput, $first: Int!) {
  table: activity(
    range: $range
    grain: $grain
    by: $by
    mode: $mode
    deviceIds: $deviceIds
    filter: $filter
  ) {
    complete
    missingDayCount
    seconds
    rowCount
    rows(first: $first) {
      startAt
      day
      deviceId
      category
      app
      title
      domain
      seconds
    }
  }
}
    `) as unknown as TypedDocumentString<TableQuery, TableQueryVariables>;