import { resource } from "../_runtime/resource.ts";
import { handler as acceptInvitation } from "./teams/accept-invitation.ts";
import { handler as create } from "./teams/create.ts";
import { handler as createInvitation } from "./teams/create-invitation.ts";
import { handler as leave } from "./teams/leave.ts";
import { handler as listInvitations } from "./teams/list-invitations.ts";
import { handler as listMembers } from "./teams/list-members.ts";
import { handler as removeInvitation } from "./teams/remove-invitation.ts";
import { handler as removeMember } from "./teams/remove-member.ts";
import { handler as update } from "./teams/update.ts";
import { handler as updateMember } from "./teams/update-member.ts";
import { handler as view } from "./teams/view.ts";
import { handler as viewInvitation } from "./teams/view-invitation.ts";
import { handler as viewQuota } from "./teams/view-quota.ts";

export const handler = resource([
  acceptInvitation,
  create,
  createInvitation,
  leave,
  listInvitations,
  listMembers,
  removeInvitation,
  removeMember,
  update,
  updateMember,
  view,
  viewInvitation,
  viewQuota,
]);
