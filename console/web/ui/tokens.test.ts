import { type Palette, palettes } from "./tokens.ts";

const channel = (hex: string, at: number) => {
  const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const luminance = (hex: string) => 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);
const contrast = (a: string, b: string) => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

const pairs: readonly (readonly [keyof Palette, keyof Palette])[] = [
  ...(["page", "surface", "sunken", "hover"] as const).flatMap((ground) =>
    (["text", "text2", "text3", "accentText"] as const).map((ink) => [ink, ground] as const),
  ),
  ...(["green", "amber", "red", "blue", "grey"] as const).flatMap((colour) => [
    [colour, `${colour}Soft`] as const,
    [colour, "surface"] as const,
    [colour, "page"] as const,
  ]),
  ["accentText", "accentSoft"],
  ["text", "accentSoft"],
];

describe("U1: the colours keep WCAG AA", () => {
  for (const theme of ["light", "dark"] as const) {
    test.each(pairs)(`${theme}: %s on %s has at least 4.5:1`, (ink, ground) => {
      expect(contrast(palettes[theme][ink], palettes[theme][ground])).toBeGreaterThanOrEqual(4.5);
    });
    test.each(["accent", "danger"] as const)(`${theme}: white on %s has at least 4.5:1`, (ground) => {
      expect(contrast("#ffffff", palettes[theme][ground])).toBeGreaterThanOrEqual(4.5);
    });
  }
});
