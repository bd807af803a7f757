import type { Signal } from "./advice.ts";

/** Of an image that has none for the node's processor; and of a program that is for another one. */
const otherPlatform =
  /no match(?:ing manifest)? for (?:platform|\S+\/\S+)|no image found in (?:image index|manifest list) for|exec format error/i;

/** What kubelet, containerd and podman put before the words of whoever refused. */
const wrappings =
  /Failed to pull image "[^"]*": |rpc error: code = \w+ desc = |failed to (?:pull and unpack image|resolve(?: reference)?) "[^"]*": |failed to do request: |^Error: |(?:initializing|unable to copy from) source docker:\/\/\S+: |pinging container registry \S+: |reading manifest \S+ in \S+: /g;

/** Whether an image, or a program in it, is for other processors, by the words of whoever could not run it. */
export const isOfOtherPlatform = (said: string): boolean => otherPlatform.test(said);

/** What kept an image from being fetched, by the registry's or runtime's words. `told`: those that a person is told. */
export function pullSignal(image: string, said: string, told = said): Signal {
  const detail = { image, message: told.replace(wrappings, "").slice(0, 500) };
  // Its name may have any of the words in it, and its digest any of the numbers.
  const message = said.replaceAll(image, "");
  if (isOfOtherPlatform(message)) return { code: "image.platform", detail: { image } };
  if (/unauthorized|authentication required|denied|forbidden|\b40[13]\b/i.test(message)) return { code: "image.denied", detail };
  if (/not found|manifest unknown|name unknown|does not exist|\b404\b/i.test(message)) return { code: "image.not-found", detail };
  return { code: "image.unreachable", detail };
}
