import { resource } from "../_runtime/resource.ts";
import { handler as create } from "./checks/create.ts";
import { handler as view } from "./checks/view.ts";
import { handler as createUpload } from "./checks/create-upload.ts";
import { handler as completeUpload } from "./checks/complete-upload.ts";

export const handler = resource([create, view, createUpload, completeUpload]);
