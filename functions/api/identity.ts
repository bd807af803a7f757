import { resource } from "../_runtime/resource.ts";
import { handler as askPasswordReset } from "./identity/ask-password-reset.ts";
import { handler as resetPassword } from "./identity/reset-password.ts";
import { handler as signIn } from "./identity/sign-in.ts";
import { handler as signOut } from "./identity/sign-out.ts";
import { handler as signUp } from "./identity/sign-up.ts";
import { handler as update } from "./identity/update.ts";
import { handler as view } from "./identity/view.ts";

export const handler = resource([askPasswordReset, resetPassword, signIn, signOut, signUp, update, view]);
