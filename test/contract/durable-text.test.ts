import { localDurableText } from "../../shared/adapters/local/durable-text.ts";
import { memoryDurableText } from "../../shared/adapters/memory/durable-text.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { durableTextSuite } from "./durable-text.suite.ts";

durableTextSuite("memory", async () => {
  const text = memoryDurableText();
  return { text, again: () => text, close: async () => {} };
});
durableTextSuite("local", async () => {
  const { path, remove } = await temporaryDirectory();
  const open = () => localDurableText(`${path}/kept/text`);
  return { text: open(), again: open, close: remove };
});
