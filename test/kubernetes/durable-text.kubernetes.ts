import { kubernetesDurableText } from "../../shared/adapters/kubernetes/durable-text.ts";
import { durableTextSuite } from "../contract/durable-text.suite.ts";
import { describeOnKubernetes, openClient, testNamespace } from "./support.ts";

describeOnKubernetes("on a real API server", () => {
  durableTextSuite("kubernetes", async () => {
    const { namespace, remove } = await testNamespace("text");
    const open = () => kubernetesDurableText({ client: openClient(), namespace, name: "kept" });
    return { text: open(), again: open, close: remove };
  });
});
