import type { APIGatewayProxyEventV2 } from "aws-lambda";

export const headerOf = (event: Pick<APIGatewayProxyEventV2, "headers">, name: string): string | undefined =>
  event.headers[name] ?? Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
