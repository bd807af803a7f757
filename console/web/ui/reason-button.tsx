import { Button, type ButtonProps, Tooltip } from "antd";

/** A button that, when it cannot be pressed, says why. It stays focusable so that the reason can be read from the keyboard. */
export function ReasonButton({ reason, ...props }: ButtonProps & { readonly reason?: string | null }) {
  if (!reason) return <Button {...props} />;
  const { onClick: _, danger: __, ...rest } = props;
  return (
    <Tooltip title={reason}>
      <Button
        {...rest}
        htmlType="button"
        aria-disabled="true"
        className={`${props.className ?? ""} button-off`}
        aria-description={reason}
      />
    </Tooltip>
  );
}
