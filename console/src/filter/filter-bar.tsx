import { Popover } from '@base-ui/react/popover';
import { type ReactNode, useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import { useJobWords } from '../job/words.ts';
import { Icon } from '../notices/icons.tsx';
import { useStatusWords } from '../status/words.ts';
import controls from '../style/controls.module.css';
import { useFormats } from '../words/use-formats.ts';
import {
  dayBefore,
  GENDERS,
  isEmpty,
  type JobFilter,
  MAX_TEXT,
  NO_FILTER,
  rangeOf,
  SCENARIOS,
  STATUSES,
} from './filter.ts';
import styles from './filter-bar.module.css';
import { useFilterWords } from './words.ts';

interface FilterBarProps {
  readonly filter: JobFilter;
  readonly onChange: (filter: JobFilter) => void;
}

/**
 * Filter of the jobs: a text field, and a menu for each other field, collapsed on narrow screens. The edition is
 * selected in the header.
 */
export function FilterBar({ filter, onChange }: FilterBarProps) {
  const say = useFilterWords();
  const sayJob = useJobWords();
  const sayStatus = useStatusWords();
  const [isShown, setShown] = useState(false);
  const menusId = useId();
  const chosen = [
    filter.status.length > 0,
    filter.scenario.length > 0,
    filter.gender.length > 0,
    filter.from !== null || filter.to !== null,
  ].filter(Boolean).length;
  const change = (part: Partial<JobFilter>) => onChange({ ...filter, ...part });
  return (
    <search className={styles.bar} aria-label={say('filters')}>
      <TextField text={filter.text} onChange={(text) => change({ text })} />
      <button
        type="button"
        className={`${controls.button} ${styles.toggle}`}
        data-chosen={chosen > 0 || undefined}
        aria-expanded={isShown}
        aria-controls={menusId}
        onClick={() => setShown(!isShown)}
      >
        {chosen > 0 ? say('filtersChosen', { count: chosen }) : say('filtersNone')}
        <Icon name="down" />
      </button>
      <div id={menusId} className={styles.menus} data-shown={isShown || undefined}>
        <ChoiceMenu
          name={say('status')}
          values={STATUSES}
          chosen={filter.status}
          say={sayStatus}
          onChange={(status) => change({ status })}
        />
        <ChoiceMenu
          name={say('scenario')}
          values={SCENARIOS}
          chosen={filter.scenario}
          say={sayJob}
          onChange={(scenario) => change({ scenario })}
        />
        <ChoiceMenu
          name={say('gender')}
          values={GENDERS}
          chosen={filter.gender}
          say={sayJob}
          onChange={(gender) => change({ gender })}
        />
        <CreatedMenu from={filter.from} to={filter.to} onChange={change} />
        {!isEmpty(filter) && (
          <button type="button" className={controls.quiet} onClick={() => onChange(NO_FILTER)}>
            {say('clear')}
          </button>
        )}
      </div>
    </search>
  );
}

/** Delay after the last keystroke before the text is searched, in milliseconds. */
const REST_MS = 300;

function TextField({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const say = useFilterWords();
  const [entered, setEntered] = useState(text);
  const told = useRef(text);
  const tell = useEffectEvent((next: string) => {
    if (next === told.current) return;
    told.current = next;
    onChange(next);
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(entered), REST_MS);
    return () => clearTimeout(timer);
  }, [entered]);
  useEffect(() => {
    // The text was changed elsewhere: cleared, or by Back.
    if (text === told.current) return;
    told.current = text;
    setEntered(text);
  }, [text]);
  return (
    <label className={styles.text}>
      <Icon name="search" />
      <span className={controls.unseen}>{say('text')}</span>
      <input
        type="search"
        value={entered}
        maxLength={MAX_TEXT}
        placeholder={say('textHint')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setEntered(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') tell(entered);
        }}
      />
    </label>
  );
}

interface MenuProps {
  readonly name: string;
  /** The selection as text; undefined when nothing is selected. */
  readonly value: string | undefined;
  readonly onClear: () => void;
  readonly children: ReactNode;
}

/** A button that shows the selection and opens a dialog to change it. */
function Menu({ name, value, onClear, children }: MenuProps) {
  const say = useFilterWords();
  return (
    <Popover.Root>
      <Popover.Trigger
        className={`${controls.button} ${styles.menu}`}
        data-chosen={value !== undefined || undefined}
      >
        <span className={styles.value}>{value ?? name}</span>
        <Icon name="down" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} sideOffset={6} align="start" collisionPadding={8}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>{name}</Popover.Title>
            {children}
            {value !== undefined && (
              <button type="button" className={`${controls.quiet} ${styles.clear}`} onClick={onClear}>
                {say('clearOne')}
              </button>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface ChoiceMenuProps<Value extends string> {
  readonly name: string;
  readonly values: readonly Value[];
  readonly chosen: readonly Value[];
  readonly say: (value: Value) => string;
  readonly onChange: (chosen: readonly Value[]) => void;
}

/** A menu with a checkbox for each value. */
function ChoiceMenu<Value extends string>({ name, values, chosen, say, onChange }: ChoiceMenuProps<Value>) {
  const sayFilter = useFilterWords();
  const [first] = chosen;
  const value =
    first === undefined
      ? undefined
      : chosen.length === 1
        ? sayFilter('chosen', { name, value: say(first) })
        : sayFilter('several', { name, count: chosen.length });
  return (
    <Menu name={name} value={value} onClear={() => onChange([])}>
      <fieldset className={styles.choices}>
        <legend className={controls.unseen}>{name}</legend>
        {values.map((each) => (
          <label key={each}>
            <input
              type="checkbox"
              checked={chosen.includes(each)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, each] : chosen.filter((other) => other !== each))
              }
            />
            {say(each)}
          </label>
        ))}
      </fieldset>
    </Menu>
  );
}

/** Days before today on which the presets begin. */
const PRESETS = { today: 0, week: 6, month: 29 } as const;

interface CreatedMenuProps extends Pick<JobFilter, 'from' | 'to'> {
  readonly onChange: (part: Pick<JobFilter, 'from' | 'to'>) => void;
}

/** A menu for the first and last day of creation. */
function CreatedMenu({ from, to, onChange }: CreatedMenuProps) {
  const say = useFilterWords();
  const formats = useFormats();
  const id = useId();
  const { createdFrom, createdBefore } = rangeOf({ from, to });
  const first = createdFrom === undefined ? undefined : formats.date(Date.parse(createdFrom));
  const last = createdBefore === undefined ? undefined : formats.date(Date.parse(createdBefore) - 1);
  const days =
    first !== undefined && last !== undefined
      ? first === last
        ? first
        : say('between', { from: first, to: last })
      : first !== undefined
        ? say('since', { from: first })
        : last !== undefined
          ? say('until', { to: last })
          : undefined;
  const name = say('created');
  return (
    <Menu
      name={name}
      value={days && say('chosen', { name, value: days })}
      onClear={() => onChange({ from: null, to: null })}
    >
      <div className={styles.presets}>
        {(['today', 'week', 'month'] as const).map((preset) => (
          <button
            key={preset}
            type="button"
            className={controls.button}
            onClick={() => onChange({ from: dayBefore(Date.now(), PRESETS[preset]), to: null })}
          >
            {say(preset)}
          </button>
        ))}
      </div>
      <div className={styles.days}>
        <label htmlFor={`${id}from`}>{say('from')}</label>
        <input
          id={`${id}from`}
          type="date"
          value={from ?? ''}
          onChange={({ target }) => onChange({ from: target.value || null, to })}
        />
        <label htmlFor={`${id}to`}>{say('to')}</label>
        <input
          id={`${id}to`}
          type="date"
          value={to ?? ''}
          onChange={({ target }) => onChange({ from, to: target.value || null })}
        />
      </div>
      <p className={styles.note}>{say('days', { zone: formats.timeZone })}</p>
    </Menu>
  );
}
