import { KtError } from '../../../domain/errors.ts';
import type { SettingRow } from '../../resolvers/settings.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

/** Settings: what aw-webui and other programs keep for a user. */
export const addSetting = (builder: Builder): void => {
  const Setting = builder.objectRef<SettingRow>('Setting').implement({
    needs: 'read',
    description: 'A value that a program keeps for the account. It means something to that program alone.',
    fields: (t) => ({
      key: t.exposeString('key', { description: 'Its key, unique in the account.' }),
      value: t.field({
        type: 'JSON',
        nullable: true,
        description: 'The value, as it was stored; null where null was stored.',
        resolve: (setting) => setting.value,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When it was stored.',
        resolve: (setting) => setting.updatedAt,
      }),
    }),
  });

  builder.queryFields((t) => ({
    settings: t.field({
      needs: 'read',
      type: [Setting],
      description: 'The account’s settings, by key.',
      complexity: costOfList(100),
      resolve: (_root, _args, { viewer, resolvers }) => resolvers.settings.list(viewer()),
    }),
    setting: t.field({
      needs: 'read',
      type: Setting,
      nullable: true,
      description: 'One setting; null where its key is not set.',
      args: { key: t.arg.string({ required: true, description: 'Its key, 1 to 127 bytes of UTF-8.' }) },
      resolve: (_root, { key }, { viewer, resolvers }) => resolvers.settings.get(viewer(), key),
    }),
  }));

  const SetInput = builder.inputType('SetSettingInput', {
    description: 'A setting to be stored.',
    fields: (t) => ({
      key: t.string({ required: true, description: 'Its key, 1 to 127 bytes of UTF-8.' }),
      value: t.field({ type: 'JSON', description: 'The value: any JSON, null too. It is required.' }),
    }),
  });
  const SetPayload = builder.objectRef<SettingRow>('SetSettingPayload').implement({
    needs: 'full',
    description: 'The setting that is there now.',
    fields: (t) => ({
      setting: t.field({ type: Setting, description: 'The setting.', resolve: (setting) => setting }),
    }),
  });
  builder.mutationField('setSetting', (t) =>
    t.field({
      needs: 'full',
      type: SetPayload,
      description: 'Stores a value under a key, and replaces any that is there.',
      args: { input: t.arg({ type: SetInput, required: true, description: 'The setting.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => {
        if (input.value === undefined)
          throw new KtError(
            'malformed',
            '`value` is missing: to store null, say null; to remove the setting, call deleteSetting',
          );
        return resolvers.settings.set(viewer(), input.key, input.value);
      },
    }),
  );

  const DeleteInput = builder.inputType('DeleteSettingInput', {
    description: 'A setting to be removed.',
    fields: (t) => ({ key: t.string({ required: true, description: 'Its key.' }) }),
  });
  const DeletePayload = builder.objectRef<{ deleted: boolean }>('DeleteSettingPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({ wasDeleted: t.exposeBoolean('deleted', { description: 'False when the key was not set.' }) }),
  });
  builder.mutationField('deleteSetting', (t) =>
    t.field({
      needs: 'full',
      type: DeletePayload,
      description: 'Removes a setting.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: 'The setting.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        deleted: await resolvers.settings.delete(viewer(), input.key),
      }),
    }),
  );
};
