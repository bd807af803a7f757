import pino from "pino";

export const logger = pino({ base: { plane: "agents" }, serializers: { error: pino.stdSerializers.err } });
export const log = (fields: object, message: string): void => logger.warn(fields, message);
