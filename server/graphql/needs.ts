/**
 * What each field declares that it needs (auth/scope.ts): by its own option `needs`, else by that of its type. Queries,
 * mutations and subscriptions have none of a type. What is declared is put into the schema, where scopes.ts reads it.
 */
import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import type { GraphQLField } from 'graphql';
import type { Need } from '../auth/scope.ts';

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Pothos' options are added to
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      needs: NeedsPlugin<Types>;
    }
    interface BaseTypeOptions {
      /** What the type's fields need that don't say it themselves. */
      needs?: Need;
    }
    interface FieldOptions<
      Types extends SchemaTypes = SchemaTypes,
      ParentShape = unknown,
      Type extends TypeParam<Types> = TypeParam<Types>,
      Nullable extends FieldNullability<Type> = FieldNullability<Type>,
      Args extends InputFieldMap = InputFieldMap,
      ResolveShape = unknown,
      ResolveReturnShape = unknown,
    > {
      /** What the field needs. */
      needs?: Need;
    }
  }
}

class NeedsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { pothosOptions: ofType } = this.builder.configStore.getTypeConfig(config.parentType);
    const needs = config.pothosOptions.needs ?? (ofType as { needs?: Need }).needs;
    return { ...config, extensions: { ...config.extensions, needs } };
  }
}

const NAME = 'needs';
SchemaBuilder.registerPlugin(NAME, NeedsPlugin);

export { NAME as NEEDS };

/** What a field of the schema declares; null for nothing. */
export const needOf = (field: Pick<GraphQLField<unknown, unknown>, 'extensions'>): Need | null =>
  (field.extensions['needs'] as Need | undefined) ?? null;
