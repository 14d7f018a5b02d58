import { useId } from 'react';
import styles from './choice.module.css';

interface ChoiceProps<Value extends string> {
  /** What is chosen, for who cannot see where the choice stands. */
  readonly label: string;
  readonly values: readonly Value[];
  readonly chosen: Value;
  readonly say: (value: Value) => string;
  readonly onChoose: (value: Value) => void;
}

/** A choice of which all that can be chosen is in view. The arrow keys move in it. */
export function Choice<Value extends string>({ label, values, chosen, say, onChoose }: ChoiceProps<Value>) {
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
          <span>{say(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}
