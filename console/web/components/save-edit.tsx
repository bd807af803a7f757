import { Conflicts, type FormWords, useConflictReason } from "./conflicts.tsx";
import { SaveBar } from "./save-bar.tsx";
import type { Edit } from "./use-edit.ts";

/** Below something that is edited in place and saved as a whole: what is to be decided first, and the way to the plan. */
export function SaveEdit<T>({
  edit,
  fields,
  reason = null,
  review,
}: {
  readonly edit: Edit<T>;
  readonly fields: FormWords;
  readonly reason?: string | null;
  readonly review: () => void;
}) {
  const conflict = useConflictReason(edit, fields);
  return (
    <>
      <div className="conflicts">
        <Conflicts edit={edit} fields={fields} />
      </div>
      <SaveBar count={edit.isEdited ? 1 : 0} conflict={conflict} reason={reason} discard={edit.discard} review={review} />
    </>
  );
}
