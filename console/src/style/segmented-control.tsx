import { useId } from 'react';
import styles from './segmented-control.module.css';

interface SegmentedControlProps<Value extends string> {
  /** Accessible name. */
  readonly label: string;
  readonly values: readonly Value[];
  readonly chosen: Value;
  readonly t: (value: Value) => string;
  readonly onChoose: (value: Value) => void;
}

/** A radio group as a segmented control. Arrow keys move the selection. */
export function SegmentedControl<Value extends string>({
  label,
  values,
  chosen,
  t,
  onChoose,
}: SegmentedControlProps<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend className={styles.unseen}>{label}</legend>
      {values.map((value) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          <span>{t(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}
