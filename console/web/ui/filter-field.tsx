import { Input } from "antd";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClearing } from "./clearing.tsx";

/**
 * What is typed stays the field's own: the URL hears of it a little later, and a field that showed the URL's word would lose letters, and those of an input method.
 * What comes to `value` otherwise, by a link or a button, it shows.
 */
export function FilterField({
  value,
  choose,
  label,
}: {
  readonly value: string;
  readonly choose: (text: string) => void;
  readonly label?: string;
}) {
  const { t } = useTranslation();
  const clearing = useClearing();
  const [typed, setTyped] = useState(value);
  /** Its own words that the URL has not shown yet. */
  const own = useRef<readonly string[]>([]);
  useEffect(() => {
    const at = own.current.indexOf(value);
    own.current = at < 0 ? [] : own.current.slice(at + 1);
    if (at < 0) setTyped(value);
  }, [value]);
  const take = (text: string) => {
    own.current = [...own.current, text];
    setTyped(text);
    choose(text);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing && typed !== "") take("");
  };
  const words = label ?? t("table.filter");
  return (
    <Input
      allowClear={clearing}
      className="table-filter"
      prefix={<Search size={14} aria-hidden />}
      placeholder={words}
      aria-label={words}
      value={typed}
      onChange={(event) => {
        const isComposing = event.nativeEvent instanceof InputEvent && event.nativeEvent.isComposing;
        (isComposing ? setTyped : take)(event.target.value);
      }}
      onCompositionEnd={(event) => take(event.currentTarget.value)}
      onKeyDown={pressed}
    />
  );
}
