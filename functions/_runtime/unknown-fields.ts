import * as z from "zod";

export interface UnknownField {
  readonly path: readonly string[];
  /** The fields that there are in its place, and those one step further in, as `configuration.replicas`. */
  readonly known: readonly string[];
}

/** Whoever misspells more has sent something else; and each is compared with all that there are. */
const namedMax = 20;

/** What `value` has and `schema` does not know, so that parsing would leave it out without a word. */
export function unknownFields(schema: z.core.$ZodType, value: unknown): readonly UnknownField[] {
  const found: UnknownField[] = [];
  for (const field of walk(typed(schema), value, [])) if (found.push(field) === namedMax) break;
  return found;
}

type Walk = Generator<UnknownField, void>;
/** Kinds of schema that have fields, or something within that may. All others are values. */
export const walkedKinds = ["object", "record", "array", "union", "optional", "nullable", "default"];

function* walk({ _zod: { def } }: z.core.$ZodTypes, value: unknown, path: readonly string[]): Walk {
  switch (def.type) {
    case "object":
      if (isObject(value)) yield* inObject(def, value, path);
      return;
    case "record":
      if (isObject(value)) yield* inRecord(def, value, path);
      return;
    case "array":
      if (!Array.isArray(value)) return;
      for (const [at, one] of value.entries()) yield* walk(typed(def.element), one, [...path, String(at)]);
      return;
    case "union": {
      const option = chosen(def, value);
      if (option) yield* walk(option, value, path);
      return;
    }
    case "optional":
    case "nullable":
    case "default":
      yield* walk(typed(def.innerType), value, path);
      return;
    default:
      return;
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const typed = (schema: z.core.$ZodType): z.core.$ZodTypes => schema as z.core.$ZodTypes;

function* inObject({ shape, catchall }: z.core.$ZodObjectDef, value: Fields, path: readonly string[]): Walk {
  for (const [name, one] of Object.entries(value)) {
    const field = Object.hasOwn(shape, name) ? shape[name] : catchall;
    if (field) yield* walk(typed(field), one, [...path, name]);
    else yield { path: [...path, name], known: [...Object.keys(shape), ...furtherIn(shape)] };
  }
}

const furtherIn = (shape: z.core.$ZodShape): string[] =>
  Object.entries(shape).flatMap(([name, schema]) => fieldsOf(typed(schema)).map((field) => `${name}.${field}`));

function fieldsOf({ _zod: { def } }: z.core.$ZodTypes): readonly string[] {
  if (def.type === "object") return Object.keys(def.shape);
  return def.type === "optional" || def.type === "nullable" || def.type === "default" ? fieldsOf(typed(def.innerType)) : [];
}

/** Every name is a field, but for the one that zod leaves out. */
function* inRecord({ valueType }: z.core.$ZodRecordDef, value: Fields, path: readonly string[]): Walk {
  for (const [name, one] of Object.entries(value))
    if (name === "__proto__") yield { path: [...path, name], known: [] };
    else yield* walk(typed(valueType), one, [...path, name]);
}

/** By the field that tells the options apart, whatever else is wrong; where there is none, the first that fits. */
function chosen(def: z.core.$ZodUnionDef | z.core.$ZodDiscriminatedUnionDef, value: unknown): z.core.$ZodTypes | undefined {
  const options = def.options.map(typed);
  if (!("discriminator" in def)) return options.find((option) => z.safeParse(option, value).success);
  if (!isObject(value)) return undefined;
  const kind = value[def.discriminator] as z.core.util.Primitive;
  return options.find((option) => option._zod.propValues?.[def.discriminator]?.has(kind));
}
