import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { BuildContext } from "./context.ts";
import type { FetchedSource } from "./source.ts";

export const fetchUpload = async (_context: BuildContext): Promise<FetchedSource> => {
  throw new BuildFailure("source.upload", "Uploads cannot be built yet.", "Use a Git repository.");
};
