/** A drop that is also a node with three rings: rain, and what it reaches. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M16 5.500c4.600 5.500 7.200 9.200 7.200 13a7.200 7.200 0 0 1-14.400 0c0-3.800 2.600-7.500 7.200-13z"
        fill="none"
        stroke="#fff"
        strokeWidth="2.200"
        strokeLinejoin="round"
      />
      <path d="M12.600 19.200a3.600 3.600 0 0 0 3.400 3.200" fill="none" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="logo">
      <Mark />
      <span translate="no">Pluvia</span>
    </span>
  );
}
