/** In the environment of every process of an instance: how it is found again, wherever it went. */
export const markerOf = (instance: string): string => `PLUVIA_INSTANCE=${instance}`;
/** A terminal inside an instance has the instance's environment too; this tells it apart. */
export const terminalMarker = "PLUVIA_TERMINAL=1";
