export const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];
type Log = Readonly<Record<Level, (fields: object, message: string) => void>>;

/** One line of JSON each, with what CloudWatch's queries look for. No field takes the place of the message. */
export function jsonLog({ level, write }: { level: string; write: (line: string) => void }): Log {
  const from = Math.max(0, levels.indexOf(level as Level));
  const at =
    (name: Level) =>
    (fields: object, message: string): void => {
      if (levels.indexOf(name) < from) return;
      write(JSON.stringify({ level: name, time: new Date().toISOString(), ...fields, message }, plain));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** JSON would make nothing of an error. */
function plain(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
